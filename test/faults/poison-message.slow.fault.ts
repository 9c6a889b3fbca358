import { expect, test } from 'vitest';

import { slotForKey } from '#messaging';
import { createOrderRequest, serviceNames } from '../../tools/client/api-types.js';
import { ServerFailedError } from '../../tools/local/server-process.js';
import { startFaultEnvironment } from './fault-environment.js';
import { Operator } from './dead-letter-operator.js';

const PARTITIONS = 4;
/** What each queue of ours is declared with; a life of the process costs the killer one delivery or two. */
const DELIVERY_LIMIT = 20;

const environment = await startFaultEnvironment();
const { clients, shop } = environment;
const inventory = environment.process('inventory');
const operator = await Operator.open(environment, 'inventory');
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

const partition = (id: string): number => slotForKey(id) % PARTITIONS;

/** A life of the process: until it is killed, or until `over`. */
async function runUntilKilled(env: Record<string, string>, over: Promise<void>): Promise<'killed' | 'lived'> {
  await inventory.start(env).catch((error: unknown) => {
    // It may get to the message before anybody has asked it whether it is ready.
    if (!(error instanceof ServerFailedError)) throw error;
  });
  return Promise.race([inventory.exited.then(() => 'killed' as const), over.then(() => 'lived' as const)]);
}

test('a message that kills its process every time is given up at the delivery limit; its neighbours are handled, and nobody else notices', async () => {
  await environment.assertSurvives(async () => {
    await inventory.stop();
    const before = await clients.placeMany(orderRequest, 20);
    const poisonMessage = await clients.place(orderRequest);
    const behind = await clients.placeMany(orderRequest, 20);
    const neighbours = [...before, ...behind].filter((id) => partition(id) === partition(poisonMessage));
    expect(neighbours.length).toBeGreaterThan(0);

    const [event] = await environment.placedEvents([poisonMessage]);
    const env = { INVENTORY_FAILPOINT: 'consumer.before-commit', INVENTORY_FAILPOINT_MESSAGE_ID: event!.id };
    const givenUp = operator.waitForCount(1, { status: ['open'] }, 300_000);
    let deaths = 0;
    while ((await runUntilKilled(env, givenUp)) === 'killed') {
      expect(inventory.signalCode).toBe('SIGKILL');
      deaths += 1;
      expect(deaths).toBeLessThanOrEqual(DELIVERY_LIMIT + 1);
    }
    expect(deaths).toBeGreaterThanOrEqual(DELIVERY_LIMIT / 2);
    expect(await operator.deadLetters()).toMatchObject([
      { messageId: event!.id, failureReason: 'delivery_limit', status: 'open' },
    ]);
    // Still armed: what is handled now is handled by the very process that the killer would kill.
    for (const id of [...before, ...behind])
      expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });
    expect(await shop.order(poisonMessage)).toMatchObject({
      status: 'pending',
      payment: 'authorized',
      stock: 'none',
    });

    await inventory.restart();
    expect(await operator.replayAll()).toBe(1);
    expect(await shop.waitUntilEnded(poisonMessage)).toMatchObject({ status: 'completed' });
    await environment.waitForHealth(serviceNames, 'ok');
  });
});
