import { expect, test } from 'vitest';
import { createOrderRequest, serviceNames } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';

const environment = await startFaultEnvironment();
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

/** The broker's address for a service, past the link that a test may break. */
function brokerUrl(service: 'inventory' | 'payment'): string {
  const url = new URL(environment.process(service).options.env[`${service.toUpperCase()}_RABBITMQ_URL`]!);
  url.host = new URL(environment.rabbitmqUrl).host;
  return url.href;
}

/** How many consumers there are on the partitions of a service: four of each replica. */
function countConsumers(service: 'inventory' | 'payment'): () => Promise<number> {
  return async () => {
    const consumers = await environment.callManagementApi<{ queue: { name: string } }[]>(
      'GET',
      '/consumers/:vhost',
    );
    return consumers.filter(({ queue }) => queue.name.startsWith(`${service}.order-processing.`)).length;
  };
}

test.each([
  ['inventory', 'reservations'],
  ['payment', 'payments'],
] as const)(
  'messages that two replicas of %s have in hand at once have one effect each',
  async (service, table) => {
    await environment.assertSurvives(async () => {
      const other = await environment.openSession(service);
      await other.query('BEGIN');
      await other.query(`LOCK TABLE ${table} IN EXCLUSIVE MODE`);
      const id = await clients.place(orderRequest);
      const inTheMiddle = (claiming: boolean) => (): Promise<object[]> =>
        environment.query(
          service,
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1
             AND wait_event_type = 'Lock' AND (query LIKE 'INSERT INTO inbox%') = $2`,
          [service, claiming],
        );
      const some = ({ length }: object[]): boolean => length > 0;
      // Having claimed it, the first is stopped in the middle of it. A second stands by, and the broker takes the first for gone …
      await waitUntil(`a message that ${service} is stopped in`, inTheMiddle(false), some);
      const replica = await environment.startReplica(service, {
        [`${service.toUpperCase()}_RABBITMQ_URL`]: brokerUrl(service),
      });
      await waitUntil('a second consumer on every queue', countConsumers(service), (count) => count === 8);
      await environment.link(service, 'broker').cut();
      // … and gives it to the second, which is stopped by the first one's claim.
      await waitUntil('the same message in the other replica', inTheMiddle(true), some);
      await other.end();
      await environment.link(service, 'broker').restore();
      expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });

      // Nor did the second copies reach the decisions, which would have called them `already`.
      const sql = `
        SELECT outcome, count(*)::integer FROM inbox
        WHERE subject = ANY ($1) AND type = 'order.placed.v1' GROUP BY outcome`;
      expect(await environment.query(service, sql, [[id]])).toEqual([{ outcome: 'done', count: 1 }]);
      expect((await shop.ledger(id)).map(({ operation }) => operation)).toEqual(['authorize', 'capture']);
      await environment.waitForHealth(serviceNames, 'ok');
      await replica.stop();
    });
  },
);
