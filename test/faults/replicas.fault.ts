import { expect, test } from 'vitest';

import { wishFor } from '../../stack/rest.js';
import { until } from '../../stack/waiting.js';
import { BreakableShop } from './breakable-shop.js';

const faults = await BreakableShop.open();
const { customers, shop } = faults;
const wish = wishFor(await shop.newProduct({ stock: 100_000 }));

/** What is promised: as long as a replica may take to get its share, or to lose it when it is gone. */
const SHARED_WITHIN_MS = 10_000;

interface ConsumerEntry {
  readonly queue: { readonly name: string };
  readonly active: boolean;
  readonly channel_details: { readonly connection_name?: string };
}

/** To how many partitions of the consumer each replica is the one that the broker delivers to, the most first. */
async function shares(consumer: string): Promise<number[]> {
  const entries = await faults.manage<ConsumerEntry[]>('GET', '/consumers/:vhost');
  const byReplica = new Map<string, number>();
  for (const { queue, active, channel_details: channel } of entries) {
    if (!queue.name.startsWith(`${consumer}.`)) continue;
    const replica = channel.connection_name ?? '';
    byReplica.set(replica, (byReplica.get(replica) ?? 0) + Number(active));
  }
  return [...byReplica.values()].toSorted((one, other) => other - one);
}

async function untilShared(...wanted: readonly number[]): Promise<void> {
  const look = (): Promise<number[]> => shares('inventory.order-processing');
  const isWanted = (now: number[]): boolean => String(now) === String(wanted);
  await until(`partitions shared ${wanted.join(', ')}`, look, isWanted, { withinMs: SHARED_WITHIN_MS });
}

async function completed(ids: readonly string[]): Promise<void> {
  for (const id of ids) expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
}

test('one replica, two, three, then two under load: partitions are shared within 10 s, and order and effects are kept', async () => {
  await faults.survives(async () => {
    const ids = await customers.placeDuring(wish, async () => {
      await untilShared(4);
      const second = await faults.startReplica('inventory');
      await untilShared(2, 2);
      await faults.startReplica('inventory');
      await untilShared(2, 1, 1);
      await second.kill();
      await untilShared(2, 2);
    });
    await completed(ids);
  });
});
