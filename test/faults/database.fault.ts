import { expect, test } from 'vitest';
import { wishFor, type ServiceName, serviceNames } from '../../tools/client/api-types.js';
import { until } from '../../tools/client/wait-until.js';
import { BreakableShop } from './breakable-shop.js';

const faults = await BreakableShop.open({ servers: 'own' });
const { platform, customers, shop } = faults;
const tea = await shop.newProduct({ stock: 100_000 });
const pot = await shop.newProduct({ stock: 100_000 });
const wish = wishFor(tea);

const SESSIONS_OF = `FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1`;

async function completed(ids: readonly string[]): Promise<void> {
  for (const id of ids) expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
}

function pids(): (number | undefined)[] {
  return serviceNames.map((name) => platform.processes[name].pid);
}

/** Ends all sessions of a service, its relay's too. Resolves to how many there were. */
async function terminateSessions(service: ServiceName): Promise<number> {
  const sql = `SELECT pg_terminate_backend(pid) ${SESSIONS_OF}`;
  return (await faults.query(service, sql, [`${service}%`])).length;
}

/** Waits until a session of the service waits for a lock that somebody else has. */
async function untilBlocked(service: ServiceName): Promise<void> {
  const sql = `SELECT 1 ${SESSIONS_OF} AND wait_event_type = 'Lock'`;
  const look = (): Promise<object[]> => faults.query(service, sql, [`${service}%`]);
  await until(`${service} waiting for a lock`, look, (rows) => rows.length > 0, { everyMs: 5 });
}

test('a database that crashes under load and recovers has lost nothing, and no process ended with it', async () => {
  await faults.survives(async () => {
    const before = pids();
    const ids = await customers.placeDuring(wish, async () => {
      await faults.postgres.kill();
      await faults.untilHealth(serviceNames, '503');
      await faults.postgres.start();
      await faults.untilHealth(serviceNames, 'ok');
    });
    await completed(ids);
    expect(pids()).toEqual(before);
  });
});

test('sessions terminated under load, again and again, cost no order and no process', async () => {
  await faults.survives(async () => {
    const before = pids();
    const ids = await customers.placeDuring(wish, async () => {
      for (const service of [...serviceNames, ...serviceNames]) {
        expect(await terminateSessions(service)).toBeGreaterThan(0);
        await faults.untilHealth([service], 'ok');
      }
    });
    await completed(ids);
    expect(pids()).toEqual(before);
  });
});

test('a consumer that a deadlock makes give way does its whole batch again', async () => {
  // Late enough that the other side is there by then, and before the consumer would give up waiting.
  const database = new URL(platform.databaseUrls.inventory).pathname.slice(1);
  await faults.query('inventory', `ALTER DATABASE "${database}" SET deadlock_timeout = '3s'`);
  await terminateSessions('inventory');
  await faults.survives(async () => {
    const [first, second] = [tea, pot].sort();
    const deadlocks = async (): Promise<number> => {
      const sql =
        'SELECT deadlocks::integer AS count FROM pg_stat_database WHERE datname = current_database()';
      return (await faults.query<{ count: number }>('inventory', sql))[0]?.count ?? 0;
    };
    const before = await deadlocks();
    const other = await faults.connect('inventory');
    await other.query(`SET deadlock_timeout = '1min'`); // so that it is not this side that gives way
    await other.query('BEGIN');
    await other.query('SELECT FROM stock_levels WHERE sku = $1 FOR UPDATE', [second]);
    const line = (sku: string): { sku: string; quantity: number } => ({ sku, quantity: 1 });
    const id = await customers.place({ lines: [line(pot), line(tea)], paymentToken: 'tok_visa' });
    await untilBlocked('inventory');
    await other.query('SELECT FROM stock_levels WHERE sku = $1 FOR UPDATE', [first]);
    await until('a deadlock', deadlocks, (count) => count > before);
    await other.end();
    await completed([id]);
  });
});

test('a consumer that waits too long for a lock gives up, pauses, and does its whole batch again', async () => {
  await faults.survives(async () => {
    const paused = (): Promise<number> => faults.countLogged('inventory', 'consumer paused');
    const before = await paused();
    const other = await faults.connect('inventory');
    await other.query('BEGIN');
    await other.query('SELECT FROM stock_levels FOR UPDATE');
    const ids = await customers.placeMany(wish, 10);
    await until('a consumer that pauses', paused, (count) => count > before);
    await other.end();
    await completed(ids);
  });
});
