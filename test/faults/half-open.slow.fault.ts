import { expect, test } from 'vitest';

import { type Upstream } from '../../tools/local/shop.js';
import { wishFor, type ServiceName, serviceNames } from '../../tools/client/api-types.js';
import type { TcpProxy } from '../../tools/local/tcp-proxy.js';
import { until } from '../../tools/client/wait-until.js';
import { BreakableShop } from './breakable-shop.js';

/** Heartbeats: the second that is missing. Statements: 15 s. Connections that lie in the pool unused: 30 s. */
const GIVEN_UP_WITHIN_MS = 90_000;

const faults = await BreakableShop.open();
const { customers, shop } = faults;
const wish = wishFor(await shop.newProduct({ stock: 100_000 }));

const dead = async (link: TcpProxy): Promise<number> => link.deceived;

async function completed(ids: readonly string[]): Promise<void> {
  for (const id of ids) expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
}

/** The other end of every connection over this link vanishes, and nobody is told. */
async function makeHalfOpen(service: ServiceName, upstream: Upstream): Promise<TcpProxy> {
  const link = faults.link(service, upstream);
  await until(
    'connections',
    async () => link.connections,
    (count) => count > 0,
  );
  link.halfOpen();
  expect(link.deceived).toBeGreaterThan(0);
  return link;
}

test.each(['broker', 'database'] as const)(
  'every service gives up connections to the %s of which only its own end is left, in bounded time, and goes on over new ones',
  async (upstream) => {
    await faults.survives(async () => {
      const ids = await customers.placeDuring(wish, async () => {
        const links = await Promise.all(serviceNames.map((service) => makeHalfOpen(service, upstream)));
        for (const link of links)
          await until(
            'no dead connection',
            () => dead(link),
            (count) => count === 0,
            {
              withinMs: GIVEN_UP_WITHIN_MS,
            },
          );
      });
      await completed(ids);
      await faults.untilHealth(serviceNames, 'ok');
    });
  },
);

test('payment asks the gateway again over a new connection when only its own end of the old one is left', async () => {
  await faults.survives(async () => {
    const unknown = (): Promise<number> => faults.countLogged('payment', 'outcome unknown');
    const before = await unknown();
    const ids = await customers.placeDuring(wish, async () => {
      await makeHalfOpen('payment', 'gateway');
      await until('a question without an answer', unknown, (count) => count > before);
    });
    await completed(ids);
    await faults.untilHealth(serviceNames, 'ok');
  });
});
