import { expect, test } from 'vitest';
import { createOrderRequest, type ServiceName, serviceNames } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';

const SHUTDOWN_TIMEOUT_MS = 2_000;
/** Time a busy machine needs beyond the shutdown timeout. */
const GRACE_MS = 3_000;

const shutdownTimeout = (service: string) => ({
  [`${service}_SHUTDOWN_TIMEOUT_MS`]: String(SHUTDOWN_TIMEOUT_MS),
});
const environment = await startFaultEnvironment({
  env: {
    order: shutdownTimeout('ORDER'),
    inventory: shutdownTimeout('INVENTORY'),
    payment: shutdownTimeout('PAYMENT'),
  },
});
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

/** A table that the service's handler writes; a lock on it blocks the handler. */
const LOCKED_TABLES: Readonly<Record<ServiceName, string>> = {
  order: 'order_transitions',
  inventory: 'reservations',
  payment: 'payments',
};

test.each(serviceNames)('%s with a blocked handler exits in time with 0', async (service) => {
  await environment.assertSurvives(async () => {
    const process = environment.process(service);
    await process.stop();
    const ids = service === 'order' ? [] : await clients.placeMany(orderRequest, 20);
    const other = await environment.openSession(service);
    await other.query('BEGIN');
    await other.query(`LOCK TABLE ${LOCKED_TABLES[service]} IN EXCLUSIVE MODE`);
    await process.start();
    const placing = service === 'order' ? clients.placeMany(orderRequest, 20) : Promise.resolve(ids);
    const waiting = (): Promise<object[]> =>
      environment.query(
        service,
        `SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database() AND wait_event_type = 'Lock'`,
        [service],
      );
    await waitUntil('a blocked handler', waiting, (rows) => rows.length > 0);

    const startedAt = performance.now();
    expect(await process.stop(SHUTDOWN_TIMEOUT_MS + GRACE_MS)).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(SHUTDOWN_TIMEOUT_MS + GRACE_MS);
    await other.end();
    await process.start();
    await environment.expectCompleted(await placing);
  });
});
