// Sequelize: searchPath for each query, which it puts in front of the query's text.
const { Sequelize, DataTypes } = require('sequelize');
const { connection, check, fails, run } = require('./tenants');

const { host, port, database, user, password } = connection;
const sequelize = new Sequelize(database, user, password, {
  host,
  port,
  dialect: 'postgres',
  dialectOptions: { prependSearchPath: true },
  pool: { max: 8, min: 8 },
  logging: false,
});
const options = { timestamps: false, freezeTableName: true };
const Item = sequelize.define('item', { name: DataTypes.TEXT, note: DataTypes.TEXT }, options);
const Mark = sequelize.define('mark', { tenant: { type: DataTypes.TEXT, primaryKey: true } }, options);

async function request(tenant) {
  const searchPath = `tenant_${tenant}`;
  await Item.create({ name: tenant, note: 'new' }, { searchPath });
  const again = Item.create({ id: 1, name: 'twice', note: 'new' }, { searchPath });
  await fails(again, (e) => e.name === 'SequelizeUniqueConstraintError');
  const items = await Item.findAll({ searchPath, attributes: ['name', 'note'] });
  check(tenant, await Mark.findOne({ searchPath }), items);
}

run(`Sequelize ${Sequelize.version}`, request, () => sequelize.close());
