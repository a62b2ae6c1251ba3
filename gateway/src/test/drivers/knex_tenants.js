// knex: an instance with its searchPath for each tenant, in one process.
const knex = require('knex');

const ROUNDS = 40;
const instances = Object.fromEntries(['acme', 'globex'].map((tenant) => [tenant, knex({
  client: 'pg',
  connection: {
    host: process.env.HOST,
    port: Number(process.env.PORT),
    database: 'app',
    user: 'app',
    password: 'secret',
  },
  searchPath: [`tenant_${tenant}`, 'public'],
  pool: { min: 0, max: 4 },
})]));

async function request(tenant) {
  const db = instances[tenant];
  await db.transaction(async (transaction) => {
    const [{ id }] = await transaction('item').insert({ name: tenant }).returning('id');
    await transaction.transaction((inner) => inner('item').insert({ id, name: 'twice' })).then(
      () => { throw new Error('the same key twice'); },
      (e) => { if (e.code !== '23505') throw e; });
  });
  const items = await db('item').distinct('name', 'note');
  const [mark] = await db('mark').select();
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
  await Promise.all(Object.values(instances).map((db) => db.destroy()));
  console.log(`knex ${require('knex/package.json').version}, ${8 * ROUNDS} requests`);
})().catch((e) => { console.error(e); process.exit(1); });
