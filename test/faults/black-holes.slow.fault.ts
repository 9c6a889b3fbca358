import { expect, test } from 'vitest';
import { wishFor, serviceNames } from '../../tools/client/api-types.js';
import { BreakableShop } from './breakable-shop.js';

const faults = await BreakableShop.open();
const { customers, shop } = faults;
const wish = wishFor(await shop.newProduct({ stock: 100_000 }));

async function completed(ids: readonly string[]): Promise<void> {
  for (const id of ids) expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
}

test.each(serviceNames)(
  '%s notices a broker that has fallen silent by its heartbeat, and goes on when it is back',
  async (service) => {
    await faults.survives(async () => {
      const link = faults.link(service, 'broker');
      link.blackHole();
      const ids = await customers.placeMany(wish, 20);
      await faults.untilHealth([service], 'degraded: not connected to the broker');
      await link.restore();
      await completed(ids);
      await faults.untilHealth(serviceNames, 'ok');
    });
  },
);

test.each(serviceNames)(
  '%s gives up on a database that has fallen silent, and goes on when it is back',
  async (service) => {
    await faults.survives(async () => {
      const link = faults.link(service, 'database');
      const ids = await customers.placeDuring(wish, async () => {
        link.blackHole();
        await faults.untilHealth([service], '503');
        await link.restore();
        await faults.untilHealth([service], 'ok');
      });
      await completed(ids);
    });
  },
);
