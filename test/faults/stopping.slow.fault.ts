import { expect, test } from 'vitest';
import { wishFor, type ServiceName, serviceNames } from '../../tools/client/api-types.js';
import { until } from '../../tools/client/wait-until.js';
import { BreakableShop } from './breakable-shop.js';

const LIMIT_MS = 2_000;
/** For the process to end after its limit, on a busy machine. */
const GRACE_MS = 3_000;

const limit = (service: string) => ({ [`${service}_SHUTDOWN_TIMEOUT_MS`]: String(LIMIT_MS) });
const faults = await BreakableShop.open({
  env: { order: limit('ORDER'), inventory: limit('INVENTORY'), payment: limit('PAYMENT') },
});
const { platform, customers, shop } = faults;
const wish = wishFor(await shop.newProduct({ stock: 100_000 }));

/** What a service's handler needs; whoever locks it makes the handler wait. */
const NEEDED: Readonly<Record<ServiceName, string>> = {
  order: 'order_transitions',
  inventory: 'reservations',
  payment: 'payments',
};

test.each(serviceNames)(
  'told to end while a handler of it is stuck, %s ends in its time with 0, and leaves nothing undone',
  async (service) => {
    await faults.survives(async () => {
      const process = platform.processes[service];
      await process.stop();
      const ids = service === 'order' ? [] : await customers.placeMany(wish, 20);
      const other = await faults.connect(service);
      await other.query('BEGIN');
      await other.query(`LOCK TABLE ${NEEDED[service]} IN EXCLUSIVE MODE`);
      await process.start();
      const placing = service === 'order' ? customers.placeMany(wish, 20) : Promise.resolve(ids);
      const waiting = (): Promise<object[]> =>
        faults.query(
          service,
          `SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database() AND wait_event_type = 'Lock'`,
          [service],
        );
      await until('a handler that is stuck', waiting, (rows) => rows.length > 0);

      const startedAt = performance.now();
      expect(await process.stop(LIMIT_MS + GRACE_MS)).toBe(0);
      expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS + GRACE_MS);
      await other.end();
      await process.start();
      for (const id of await placing) expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
    });
  },
);
