import { test } from 'vitest';

import { type Upstream } from '../../tools/local/shop.js';
import { createOrderRequest, type ServiceName, serviceNames } from '../../tools/client/api-types.js';
import type { TcpProxy } from '../../libs/test-support/tcp-proxy.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';

const environment = await startFaultEnvironment({ env: { payment: { PAYMENT_GATEWAY_TIMEOUT_MS: '500' } } });
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

/** The link of each service to this upstream. */
function linksTo(upstream: Upstream): TcpProxy[] {
  const services: readonly ServiceName[] = upstream === 'gateway' ? ['payment'] : serviceNames;
  return services.map((service) => environment.link(service, upstream));
}

test.each(['broker', 'database', 'gateway'] as const)(
  'reset connections to the %s lose and duplicate nothing',
  async (upstream) => {
    await environment.assertSurvives(async () => {
      const ids = await clients.placeDuring(orderRequest, async () => {
        // Each link is reset twice. The second reset waits for a connection, so the service has reconnected.
        for (const link of [...linksTo(upstream), ...linksTo(upstream)]) {
          const connections = async (): Promise<number> => link.connections;
          await waitUntil('connections', connections, (count) => count > 0);
          link.reset();
        }
      });
      await environment.expectCompleted(ids);
      await environment.waitForHealth(serviceNames, 'ok');
    });
  },
);

test.each(['broker', 'database', 'gateway'] as const)(
  'latency to the %s only delays orders',
  async (upstream) => {
    await environment.assertSurvives(async () => {
      for (const link of linksTo(upstream)) link.addLatency(50);
      const ids = await clients.placeMany(orderRequest, 10);
      await environment.expectCompleted(ids);
      for (const link of linksTo(upstream)) await link.restore();
    });
  },
);

test('an unresponsive gateway is retried under one key', async () => {
  await environment.assertSurvives(async () => {
    const link = environment.link('payment', 'gateway');
    link.blackHole();
    const ids = await clients.placeMany(orderRequest, 5);
    const unknown = (): Promise<number> => environment.countLogLines('payment', 'outcome unknown');
    await waitUntil('requests without a response', unknown, (count) => count >= ids.length);
    await link.restore();
    await environment.expectCompleted(ids);
  });
});
