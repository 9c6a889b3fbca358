import { expect, test } from 'vitest';

import { type Upstream } from '../../tools/local/shop.js';
import { createOrderRequest, type ServiceName, serviceNames } from '../../tools/client/api-types.js';
import type { TcpProxy } from '../../tools/local/tcp-proxy.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';

/** Heartbeats: the second that is missing. Statements: 15 s. Connections that lie in the pool unused: 30 s. */
const DETECTION_TIMEOUT_MS = 90_000;

const environment = await startFaultEnvironment();
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

const countHalfOpen = async (link: TcpProxy): Promise<number> => link.halfOpenClients;

/** The other end of every connection over this link vanishes, and nobody is told. */
async function makeHalfOpen(service: ServiceName, upstream: Upstream): Promise<TcpProxy> {
  const link = environment.link(service, upstream);
  await waitUntil(
    'connections',
    async () => link.connections,
    (count) => count > 0,
  );
  link.halfOpen();
  expect(link.halfOpenClients).toBeGreaterThan(0);
  return link;
}

test.each(['broker', 'database'] as const)(
  'every service gives up connections to the %s of which only its own end is left, in bounded time, and goes on over new ones',
  async (upstream) => {
    await environment.assertSurvives(async () => {
      const ids = await clients.placeDuring(orderRequest, async () => {
        const links = await Promise.all(serviceNames.map((service) => makeHalfOpen(service, upstream)));
        for (const link of links)
          await waitUntil(
            'no dead connection',
            () => countHalfOpen(link),
            (count) => count === 0,
            {
              timeoutMs: DETECTION_TIMEOUT_MS,
            },
          );
      });
      await environment.expectCompleted(ids);
      await environment.waitForHealth(serviceNames, 'ok');
    });
  },
);

test('payment asks the gateway again over a new connection when only its own end of the old one is left', async () => {
  await environment.assertSurvives(async () => {
    const unknown = (): Promise<number> => environment.countLogLines('payment', 'outcome unknown');
    const before = await unknown();
    const ids = await clients.placeDuring(orderRequest, async () => {
      await makeHalfOpen('payment', 'gateway');
      await waitUntil('a question without an answer', unknown, (count) => count > before);
    });
    await environment.expectCompleted(ids);
    await environment.waitForHealth(serviceNames, 'ok');
  });
});
