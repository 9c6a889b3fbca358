import { connect } from 'amqplib';
import { expect, onTestFinished, test } from 'vitest';

import { slotForKey } from '#messaging';
import { waitUntil } from '../../tools/client/wait-until.js';
import { createOrderRequest, serviceNames } from '../../tools/client/api-types.js';
import { startFaultEnvironment } from './fault-environment.js';

const PARTITIONS = 4;
const QUEUE = 'inventory.order-processing.1';
const ORDERS_PER_ROUND = 20;
const ROUNDS = 30;
const REPORTED_WITHIN_MS = 15_000;

const environment = await startFaultEnvironment({ servers: 'own' });
const { clients, shop } = environment;

/** Suspends or resumes the process of the queue: a suspended quorum queue confirms nothing. */
async function control(action: 'suspend' | 'resume'): Promise<void> {
  const vhost = decodeURIComponent(new URL(environment.rabbitmqUrl).pathname.slice(1));
  await environment.servers.rabbitmqctl('eval', `sys:${action}('${vhost}_${QUEUE}').`);
}

const isSuspended = (id: string): boolean => slotForKey(id) % PARTITIONS === 1;

test('a suspended queue delays only its slots', async () => {
  const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));
  await environment.assertSurvives(async () => {
    /** Places orders, and measures the time until payment receives those of the other slots, in ms. */
    const publishMs = async (): Promise<{ ids: string[]; p99: number }> => {
      const ids: string[] = [];
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const startedAt = performance.now();
        const placed = await clients.placeMany(orderRequest, ORDERS_PER_ROUND);
        ids.push(...placed);
        const others = placed.filter((id) => !isSuspended(id));
        await waitUntil(
          'the events of the other slots are published',
          async () => (await environment.placedEvents(others)).every(({ isPublished }) => isPublished),
          Boolean,
          { checkIntervalMs: 5 },
        );
        times.push(performance.now() - startedAt);
      }
      return { ids, p99: times.toSorted((a, b) => a - b).at(-1)! };
    };
    const copies = new Map<string, number>();
    const broker = await connect(environment.rabbitmqUrl);
    onTestFinished(() => broker.close());
    const channel = await broker.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, 'order.events', 'order.placed.*');
    await channel.consume(
      queue,
      (message) => {
        const id = message?.properties.messageId as string;
        copies.set(id, (copies.get(id) ?? 0) + 1);
      },
      { noAck: true },
    );

    const normal = await publishMs();
    await control('suspend');
    const suspendedAt = performance.now();
    const during = await publishMs();
    await waitUntil(
      'readiness names a suspended slot',
      () => environment.health('order'),
      (health) => /^degraded: slot (1|5|9|13): no confirm of order\.\w+\.\d+ for \d+ s/.test(health),
      { timeoutMs: Math.max(1, REPORTED_WITHIN_MS - (performance.now() - suspendedAt)) },
    );
    // Twice the normal time, and the 100 ms after which the relay no longer waits for a slot.
    expect(during.p99).toBeLessThan(2 * normal.p99 + 100);

    await control('resume');
    await environment.expectCompleted([...normal.ids, ...during.ids]);
    const repeated = [...copies.values()].filter((count) => count > 1);
    expect(repeated.length).toBeLessThanOrEqual(31);
    await environment.waitForHealth(serviceNames, 'ok');
  });
});
