import { expect, test } from 'vitest';

import { type Upstream } from '../../tools/local/shop.js';
import { createOrderRequest, type ServiceName, serviceNames } from '../../tools/client/api-types.js';
import type { TcpProxy } from '../../libs/test-support/tcp-proxy.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';

/** Above the second missing heartbeat, the statement timeout of 15 s and the idle timeout of pooled connections, 30 s. */
const DETECTION_TIMEOUT_MS = 90_000;

const environment = await startFaultEnvironment();
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

const countHalfOpen = async (link: TcpProxy): Promise<number> => link.halfOpenClients;

/** Drops the upstream end of every connection on this link without closing the service's end. */
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
  'every service replaces half-open connections to the %s',
  async (upstream) => {
    await environment.assertSurvives(async () => {
      const ids = await clients.placeDuring(orderRequest, async () => {
        const links = await Promise.all(serviceNames.map((service) => makeHalfOpen(service, upstream)));
        for (const link of links)
          await waitUntil(
            'no half-open connection',
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

test('payment repeats its request after a half-open gateway connection', async () => {
  await environment.assertSurvives(async () => {
    const unknown = (): Promise<number> => environment.countLogLines('payment', 'outcome unknown');
    const before = await unknown();
    const ids = await clients.placeDuring(orderRequest, async () => {
      await makeHalfOpen('payment', 'gateway');
      await waitUntil('a request without a response', unknown, (count) => count > before);
    });
    await environment.expectCompleted(ids);
    await environment.waitForHealth(serviceNames, 'ok');
  });
});
