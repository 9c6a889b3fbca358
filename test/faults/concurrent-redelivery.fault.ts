import { expect, test } from 'vitest';
import { createOrderRequest, serviceNames } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';

const environment = await startFaultEnvironment();
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

/** AMQP URL of a service's user, without the link. */
function brokerUrl(service: 'inventory' | 'payment'): string {
  const url = new URL(environment.process(service).options.env[`${service.toUpperCase()}_RABBITMQ_URL`]!);
  url.host = new URL(environment.rabbitmqUrl).host;
  return url.href;
}

/** Number of consumers on the partitions of a service: four per replica. */
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
] as const)('a message delivered to two %s replicas has one effect', async (service, table) => {
  await environment.assertSurvives(async () => {
    const other = await environment.openSession(service);
    await other.query('BEGIN');
    await other.query(`LOCK TABLE ${table} IN EXCLUSIVE MODE`);
    const id = await clients.place(orderRequest);
    const blockedHandlers = (claiming: boolean) => (): Promise<object[]> =>
      environment.query(
        service,
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1
             AND wait_event_type = 'Lock' AND (query LIKE 'INSERT INTO inbox%') = $2`,
        [service, claiming],
      );
    const some = ({ length }: object[]): boolean => length > 0;
    // The first replica has claimed the message and waits for the table lock. The cut link requeues the message …
    await waitUntil(`a blocked handler of ${service}`, blockedHandlers(false), some);
    const replica = await environment.startReplica(service, {
      [`${service.toUpperCase()}_RABBITMQ_URL`]: brokerUrl(service),
    });
    await waitUntil('a second consumer on every queue', countConsumers(service), (count) => count === 8);
    await environment.link(service, 'broker').cut();
    // … to the second replica, which waits for the claim of the first.
    await waitUntil('the same message in the second replica', blockedHandlers(true), some);
    await other.end();
    await environment.link(service, 'broker').restore();
    await environment.expectCompleted([id]);

    // The second delivery was recognised by its claim: a decision would have added the outcome `already`.
    const sql = `
        SELECT outcome, count(*)::integer FROM inbox
        WHERE subject = ANY ($1) AND type = 'order.placed.v1' GROUP BY outcome`;
    expect(await environment.query(service, sql, [[id]])).toEqual([{ outcome: 'done', count: 1 }]);
    expect((await shop.ledger(id)).map(({ operation }) => operation)).toEqual(['authorize', 'capture']);
    await environment.waitForHealth(serviceNames, 'ok');
    await replica.stop();
  });
});
