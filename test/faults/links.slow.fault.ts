import { expect, test } from 'vitest';

import { type Upstream } from '../../tools/local/shop.js';
import { wishFor, type ServiceName, serviceNames } from '../../tools/client/api-types.js';
import type { TcpProxy } from '../../tools/local/tcp-proxy.js';
import { until } from '../../tools/client/wait-until.js';
import { BreakableShop } from './breakable-shop.js';

const faults = await BreakableShop.open({ env: { payment: { PAYMENT_GATEWAY_TIMEOUT_MS: '500' } } });
const { customers, shop } = faults;
const wish = wishFor(await shop.newProduct({ stock: 100_000 }));

/** Every link to a kind of server. */
function linksTo(upstream: Upstream): TcpProxy[] {
  const services: readonly ServiceName[] = upstream === 'gateway' ? ['payment'] : serviceNames;
  return services.map((service) => faults.link(service, upstream));
}

async function completed(ids: readonly string[]): Promise<void> {
  for (const id of ids) expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
}

test.each(['broker', 'database', 'gateway'] as const)(
  'connections to the %s that are reset under load come back, and nothing is lost or doubled',
  async (upstream) => {
    await faults.survives(async () => {
      const ids = await customers.placeDuring(wish, async () => {
        // Twice each, and not before there is something to reset: so the second time they have come back.
        for (const link of [...linksTo(upstream), ...linksTo(upstream)]) {
          const connections = async (): Promise<number> => link.connections;
          await until('connections', connections, (count) => count > 0);
          link.reset();
        }
      });
      await completed(ids);
      await faults.untilHealth(serviceNames, 'ok');
    });
  },
);

test.each(['broker', 'database', 'gateway'] as const)(
  'with a slow link to the %s everything is slow, and right',
  async (upstream) => {
    await faults.survives(async () => {
      for (const link of linksTo(upstream)) link.slow(50);
      const ids = await customers.placeMany(wish, 10);
      await completed(ids);
      for (const link of linksTo(upstream)) await link.restore();
    });
  },
);

test('a gateway that swallows every question is asked again under the same key, and nobody is charged twice', async () => {
  await faults.survives(async () => {
    const link = faults.link('payment', 'gateway');
    link.blackHole();
    const ids = await customers.placeMany(wish, 5);
    const unknown = (): Promise<number> => faults.countLogged('payment', 'outcome unknown');
    await until('questions without an answer', unknown, (count) => count >= ids.length);
    await link.restore();
    await completed(ids);
  });
});
