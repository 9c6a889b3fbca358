import { expect, test } from 'vitest';
import { createOrderRequest, type ServiceName, serviceNames } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';

const environment = await startFaultEnvironment({ servers: 'own' });
const { clients, shop } = environment;
const tea = await shop.createProduct({ stock: 100_000 });
const pot = await shop.createProduct({ stock: 100_000 });
const orderRequest = createOrderRequest(tea);

const FROM_SESSIONS = `FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1`;

function processIds(): (number | undefined)[] {
  return serviceNames.map((name) => environment.process(name).pid);
}

/** Terminates every session of a service, including its relay's; resolves to their number. */
async function terminateSessions(service: ServiceName): Promise<number> {
  const sql = `SELECT pg_terminate_backend(pid) ${FROM_SESSIONS}`;
  return (await environment.query(service, sql, [`${service}%`])).length;
}

/** Waits until a session of the service waits for a lock. */
async function waitUntilBlocked(service: ServiceName): Promise<void> {
  const sql = `SELECT 1 ${FROM_SESSIONS} AND wait_event_type = 'Lock'`;
  const poll = (): Promise<object[]> => environment.query(service, sql, [`${service}%`]);
  await waitUntil(`${service} waiting for a lock`, poll, (rows) => rows.length > 0, { checkIntervalMs: 5 });
}

test('a database crash under load loses no order or process', async () => {
  await environment.assertSurvives(async () => {
    const before = processIds();
    const ids = await clients.placeDuring(orderRequest, async () => {
      await environment.servers.postgres.kill();
      await environment.waitForHealth(serviceNames, '503');
      await environment.servers.postgres.start();
      await environment.waitForHealth(serviceNames, 'ok');
    });
    await environment.expectCompleted(ids);
    expect(processIds()).toEqual(before);
  });
});

test('terminated sessions under load lose no order or process', async () => {
  await environment.assertSurvives(async () => {
    const before = processIds();
    const ids = await clients.placeDuring(orderRequest, async () => {
      for (const service of [...serviceNames, ...serviceNames]) {
        expect(await terminateSessions(service)).toBeGreaterThan(0);
        await environment.waitForHealth([service], 'ok');
      }
    });
    await environment.expectCompleted(ids);
    expect(processIds()).toEqual(before);
  });
});

test('a consumer retries its batch after a deadlock', async () => {
  // Above the time until the other session waits too, below the consumer's lock timeout.
  const database = new URL(environment.databaseUrls.inventory).pathname.slice(1);
  await environment.query('inventory', `ALTER DATABASE "${database}" SET deadlock_timeout = '3s'`);
  await terminateSessions('inventory');
  await environment.assertSurvives(async () => {
    const [first, second] = [tea, pot].sort();
    const deadlocks = async (): Promise<number> => {
      const sql =
        'SELECT deadlocks::integer AS count FROM pg_stat_database WHERE datname = current_database()';
      return (await environment.query<{ count: number }>('inventory', sql))[0]?.count ?? 0;
    };
    const before = await deadlocks();
    const other = await environment.openSession('inventory');
    await other.query(`SET deadlock_timeout = '1min'`); // the consumer's session must be the deadlock victim
    await other.query('BEGIN');
    await other.query('SELECT FROM stock_levels WHERE sku = $1 FOR UPDATE', [second]);
    const line = (sku: string): { sku: string; quantity: number } => ({ sku, quantity: 1 });
    const id = await clients.place({ lines: [line(pot), line(tea)], paymentToken: 'tok_visa' });
    await waitUntilBlocked('inventory');
    await other.query('SELECT FROM stock_levels WHERE sku = $1 FOR UPDATE', [first]);
    await waitUntil('a deadlock', deadlocks, (count) => count > before);
    await other.end();
    await environment.expectCompleted([id]);
  });
});

test('a consumer retries its batch after a lock timeout', async () => {
  await environment.assertSurvives(async () => {
    const paused = (): Promise<number> => environment.countLogLines('inventory', 'consumer paused');
    const before = await paused();
    const other = await environment.openSession('inventory');
    await other.query('BEGIN');
    await other.query('SELECT FROM stock_levels FOR UPDATE');
    const ids = await clients.placeMany(orderRequest, 10);
    await waitUntil('a paused consumer', paused, (count) => count > before);
    await other.end();
    await environment.expectCompleted(ids);
  });
});
