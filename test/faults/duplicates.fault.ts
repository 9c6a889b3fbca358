import { expect, test } from 'vitest';
import { wishFor, serviceNames } from '../../tools/client/api-types.js';
import { until } from '../../tools/client/wait-until.js';
import { BreakableShop } from './breakable-shop.js';

const faults = await BreakableShop.open();
const { platform, customers, shop } = faults;
const wish = wishFor(await shop.newProduct({ stock: 100_000 }));

/** The broker's address for a service, past the link that a test may break. */
function brokerUrl(service: 'inventory' | 'payment'): string {
  const url = new URL(platform.processes[service].options.env[`${service.toUpperCase()}_RABBITMQ_URL`]!);
  url.host = new URL(platform.rabbitmqUrl).host;
  return url.href;
}

/** How many consumers there are on the partitions of a service: four of each replica. */
function consumersOf(service: 'inventory' | 'payment'): () => Promise<number> {
  return async () => {
    const consumers = await faults.manage<{ queue: { name: string } }[]>('GET', '/consumers/:vhost');
    return consumers.filter(({ queue }) => queue.name.startsWith(`${service}.order-processing.`)).length;
  };
}

test.each([
  ['inventory', 'reservations'],
  ['payment', 'payments'],
] as const)(
  'messages that two replicas of %s have in hand at once have one effect each',
  async (service, table) => {
    await faults.survives(async () => {
      const other = await faults.connect(service);
      await other.query('BEGIN');
      await other.query(`LOCK TABLE ${table} IN EXCLUSIVE MODE`);
      const id = await customers.place(wish);
      const inTheMiddle = (claiming: boolean) => (): Promise<object[]> =>
        faults.query(
          service,
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1
             AND wait_event_type = 'Lock' AND (query LIKE 'INSERT INTO inbox%') = $2`,
          [service, claiming],
        );
      const some = ({ length }: object[]): boolean => length > 0;
      // Having claimed it, the first is stopped in the middle of it. A second stands by, and the broker takes the first for gone …
      await until(`a message that ${service} is stopped in`, inTheMiddle(false), some);
      const replica = await faults.startReplica(service, {
        [`${service.toUpperCase()}_RABBITMQ_URL`]: brokerUrl(service),
      });
      await until('a second consumer on every queue', consumersOf(service), (count) => count === 8);
      await faults.link(service, 'broker').cut();
      // … and gives it to the second, which is stopped by the first one's claim.
      await until('the same message in the other replica', inTheMiddle(true), some);
      await other.end();
      await faults.link(service, 'broker').restore();
      expect(await shop.ended(id)).toMatchObject({ status: 'completed' });

      // Nor did the second copies reach the decisions, which would have called them `already`.
      const sql = `
        SELECT outcome, count(*)::integer FROM inbox
        WHERE subject = ANY ($1) AND type = 'order.placed.v1' GROUP BY outcome`;
      expect(await faults.query(service, sql, [[id]])).toEqual([{ outcome: 'done', count: 1 }]);
      expect((await shop.ledger(id)).map(({ operation }) => operation)).toEqual(['authorize', 'capture']);
      await faults.untilHealth(serviceNames, 'ok');
      await replica.stop();
    });
  },
);
