import { expect, test } from 'vitest';

import { wishFor } from '../../tools/client/api-types.js';
import { BreakableShop } from './breakable-shop.js';
import { untilShared } from './shares.js';

const faults = await BreakableShop.open();
const { customers, shop } = faults;
const wish = wishFor(await shop.newProduct({ stock: 100_000 }));

const shared = (...wanted: readonly number[]): Promise<void> =>
  untilShared(faults, 'inventory.order-processing', ...wanted);

async function completed(ids: readonly string[]): Promise<void> {
  for (const id of ids) expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
}

test('one replica, two, three, then two under load: partitions are shared within 10 s, and order and effects are kept', async () => {
  await faults.survives(async () => {
    const ids = await customers.placeDuring(wish, async () => {
      await shared(4);
      const second = await faults.startReplica('inventory');
      await shared(2, 2);
      await faults.startReplica('inventory');
      await shared(2, 1, 1);
      await second.kill();
      await shared(2, 2);
    });
    await completed(ids);
  });
});
