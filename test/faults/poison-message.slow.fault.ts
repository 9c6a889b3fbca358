import { expect, test } from 'vitest';

import { slotForKey } from '#messaging';
import { createOrderRequest, serviceNames } from '../../tools/client/api-types.js';
import { ServerFailedError } from '../../tools/local/server-process.js';
import { startFaultEnvironment } from './fault-environment.js';
import { Operator } from './dead-letter-operator.js';

const PARTITIONS = 4;
/** Delivery limit of every queue. Each run of the process consumes one or two deliveries of the poison message. */
const DELIVERY_LIMIT = 20;

const environment = await startFaultEnvironment();
const { clients, shop } = environment;
const inventory = environment.process('inventory');
const operator = await Operator.open(environment, 'inventory');
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

const partition = (id: string): number => slotForKey(id) % PARTITIONS;

/** Starts the process and waits until it is killed or `over` resolves. */
async function runUntilKilled(
  env: Record<string, string>,
  over: Promise<void>,
): Promise<'killed' | 'running'> {
  await inventory.start(env).catch((error: unknown) => {
    // The process may receive the message before its readiness is checked.
    if (!(error instanceof ServerFailedError)) throw error;
  });
  return Promise.race([inventory.exited.then(() => 'killed' as const), over.then(() => 'running' as const)]);
}

test('a poison message is dead-lettered at the delivery limit', async () => {
  await environment.assertSurvives(async () => {
    await inventory.stop();
    const before = await clients.placeMany(orderRequest, 20);
    const poisonMessage = await clients.place(orderRequest);
    const behind = await clients.placeMany(orderRequest, 20);
    const neighbours = [...before, ...behind].filter((id) => partition(id) === partition(poisonMessage));
    expect(neighbours.length).toBeGreaterThan(0);

    const [event] = await environment.placedEvents([poisonMessage]);
    const env = { INVENTORY_FAILPOINT: 'consumer.before-commit', INVENTORY_FAILPOINT_MESSAGE_ID: event!.id };
    const deadLettered = operator.waitForCount(1, { status: ['open'] }, 300_000);
    let kills = 0;
    while ((await runUntilKilled(env, deadLettered)) === 'killed') {
      expect(inventory.signalCode).toBe('SIGKILL');
      kills += 1;
      expect(kills).toBeLessThanOrEqual(DELIVERY_LIMIT + 1);
    }
    expect(kills).toBeGreaterThanOrEqual(DELIVERY_LIMIT / 2);
    expect(await operator.deadLetters()).toMatchObject([
      { messageId: event!.id, failureReason: 'delivery_limit', status: 'open' },
    ]);
    // The failpoint is still active, so this process has not received the poison message.
    await environment.expectCompleted([...before, ...behind]);
    expect(await shop.order(poisonMessage)).toMatchObject({
      status: 'pending',
      payment: 'authorized',
      stock: 'none',
    });

    await inventory.restart();
    expect(await operator.replayAll()).toBe(1);
    await environment.expectCompleted([poisonMessage]);
    await environment.waitForHealth(serviceNames, 'ok');
  });
});
