// knex: an instance with its searchPath for each tenant, in one process.
const knex = require('knex');
const { TENANTS, connection, check, fails, run } = require('./tenants');

const instances = Object.fromEntries(TENANTS.map((tenant) => [tenant, knex({
  client: 'pg',
  connection,
  searchPath: [`tenant_${tenant}`, 'public'],
  pool: { min: 0, max: 4 },
})]));

async function request(tenant) {
  const db = instances[tenant];
  await db.transaction(async (transaction) => {
    const [{ id }] = await transaction('item').insert({ name: tenant }).returning('id');
    const again = transaction.transaction((inner) => inner('item').insert({ id, name: 'twice' }));
    await fails(again, (e) => e.code === '23505');
  });
  const items = await db('item').distinct('name', 'note');
  const [mark] = await db('mark').select();
  check(tenant, mark, items);
}

run(`knex ${require('knex/package.json').version}`, request,
  () => Promise.all(Object.values(instances).map((db) => db.destroy())));
