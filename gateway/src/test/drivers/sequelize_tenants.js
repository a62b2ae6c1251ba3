// Sequelize: searchPath for each query, which it puts in front of the query's text.
const { Sequelize, DataTypes } = require('sequelize');

const ROUNDS = 40;
const sequelize = new Sequelize('app', 'app', 'secret', {
  host: process.env.HOST,
  port: Number(process.env.PORT),
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
  await Item.create({ id: 1, name: 'twice', note: 'new' }, { searchPath }).then(
    () => { throw new Error('the same key twice'); },
    (e) => { if (e.name !== 'SequelizeUniqueConstraintError') throw e; });
  const items = await Item.findAll({ searchPath, attributes: ['name', 'note'] });
  const mark = await Mark.findOne({ searchPath });
  if (mark.tenant !== tenant || items.some((i) => i.name !== tenant || i.note !== 'new')) {
    throw new Error(`${tenant} was shown ${mark.tenant}'s`);
  }
}

async function worker(number) {
  for (let i = 0; i < ROUNDS; i++) {
    await request(['acme', 'globex'][(i + number) % 2]);
  }
}

(async () => {
  await request('acme');
  await request('globex'); // lags until this
  await Promise.all([...Array(8).keys()].map(worker));
  await sequelize.close();
  console.log(`Sequelize ${Sequelize.version}, ${8 * ROUNDS} requests`);
})().catch((e) => { console.error(e); process.exit(1); });
