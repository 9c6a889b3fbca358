import { test } from 'vitest';
import { createOrderRequest, serviceNames } from '../../tools/client/api-types.js';
import { startFaultEnvironment } from './fault-environment.js';

const environment = await startFaultEnvironment();
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

test.each(serviceNames)('%s detects an unresponsive broker by heartbeat and recovers', async (service) => {
  await environment.assertSurvives(async () => {
    const link = environment.link(service, 'broker');
    link.blackHole();
    const ids = await clients.placeMany(orderRequest, 20);
    await environment.waitForHealth([service], 'degraded: not connected to the broker');
    await link.restore();
    await environment.expectCompleted(ids);
    await environment.waitForHealth(serviceNames, 'ok');
  });
});

test.each(serviceNames)('%s reports an unresponsive database and recovers', async (service) => {
  await environment.assertSurvives(async () => {
    const link = environment.link(service, 'database');
    const ids = await clients.placeDuring(orderRequest, async () => {
      link.blackHole();
      await environment.waitForHealth([service], '503');
      await link.restore();
      await environment.waitForHealth([service], 'ok');
    });
    await environment.expectCompleted(ids);
  });
});
