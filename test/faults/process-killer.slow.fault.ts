import { expect, test } from 'vitest';

import { slotOf } from '#messaging';
import { wishFor, serviceNames } from '../../tools/client/api-types.js';
import { ServerFailed } from '../../tools/local/server-process.js';
import { BreakableShop } from './breakable-shop.js';
import { Operator } from './operator.js';

const PARTITIONS = 4;
/** What each queue of ours is declared with; a life of the process costs the killer one delivery or two. */
const DELIVERY_LIMIT = 20;

const faults = await BreakableShop.open();
const { platform, customers, shop } = faults;
const { inventory } = platform.processes;
const operator = await Operator.of(faults, 'inventory');
const wish = wishFor(await shop.newProduct({ stock: 100_000 }));

const partitionOf = (id: string): number => slotOf(id) % PARTITIONS;

/** A life of the process: until it is killed, or until `over`. */
async function live(env: Record<string, string>, over: Promise<void>): Promise<'killed' | 'lived'> {
  await inventory.start(env).catch((error: unknown) => {
    // It may get to the message before anybody has asked it whether it is ready.
    if (!(error instanceof ServerFailed)) throw error;
  });
  return Promise.race([inventory.exited.then(() => 'killed' as const), over.then(() => 'lived' as const)]);
}

test('a message that kills its process every time is given up at the delivery limit; its neighbours are handled, and nobody else notices', async () => {
  await faults.survives(async () => {
    await inventory.stop();
    const before = await customers.placeMany(wish, 20);
    const killer = await customers.place(wish);
    const behind = await customers.placeMany(wish, 20);
    const neighbours = [...before, ...behind].filter((id) => partitionOf(id) === partitionOf(killer));
    expect(neighbours.length).toBeGreaterThan(0);

    const [event] = await faults.placedEvents([killer]);
    const env = { INVENTORY_CRASH_POINT: 'consumer: before commit', INVENTORY_CRASH_MESSAGE_ID: event!.id };
    const givenUp = operator.untilThereAre(1, { status: ['open'] }, 300_000);
    let deaths = 0;
    while ((await live(env, givenUp)) === 'killed') {
      expect(inventory.endedBy).toBe('SIGKILL');
      deaths += 1;
      expect(deaths).toBeLessThanOrEqual(DELIVERY_LIMIT + 1);
    }
    expect(deaths).toBeGreaterThanOrEqual(DELIVERY_LIMIT / 2);
    expect(await operator.letters()).toMatchObject([
      { messageId: event!.id, reason: 'delivery_limit', status: 'open' },
    ]);
    // Still armed: what is handled now is handled by the very process that the killer would kill.
    for (const id of [...before, ...behind])
      expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
    expect(await shop.order(killer)).toMatchObject({
      status: 'pending',
      payment: 'authorized',
      stock: 'silent',
    });

    await inventory.restart();
    expect(await operator.replayAll()).toBe(1);
    expect(await shop.ended(killer)).toMatchObject({ status: 'completed' });
    await faults.untilHealth(serviceNames, 'ok');
  });
});
