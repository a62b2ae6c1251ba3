// The task of the programs for Node, with any library: two tenants in one process, by turns.
const ROUNDS = 40;
const WORKERS = 8;
const TENANTS = ['acme', 'globex'];

/** Where the gateway is, as drivers want to know it. */
const connection = {
  host: process.env.HOST,
  port: Number(process.env.PORT),
  database: 'app',
  user: 'app',
  password: 'secret',
};

/** The items shown to a tenant have to be its own, on the migrated schema. */
function check(tenant, mark, items) {
  if (mark.tenant !== tenant || items.some((i) => i.name !== tenant || i.note !== 'new')) {
    throw new Error(`${tenant} was shown ${mark.tenant}'s`);
  }
}

/** The same key twice has to fail, in the driver's own way. */
async function fails(promise, asItShould) {
  await promise.then(
    () => { throw new Error('the same key twice'); },
    (e) => { if (!asItShould(e)) throw e; });
}

async function worker(number, request) {
  for (let i = 0; i < ROUNDS; i++) {
    await request(TENANTS[(i + number) % 2]);
  }
}

/** Runs requests for both tenants; says who did, or exits with 1. */
async function run(name, request, close) {
  try {
    await request('acme');
    await request('globex'); // lags until this
    await Promise.all([...Array(WORKERS).keys()].map((number) => worker(number, request)));
    await close();
    console.log(`${name}, ${WORKERS * ROUNDS} requests`);
  } catch (e) {
    console.error(e);
    process.exit(1);
  }
}

module.exports = { TENANTS, connection, check, fails, run };
