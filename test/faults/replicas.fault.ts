import { test } from 'vitest';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { startFaultEnvironment } from './fault-environment.js';
import { waitForPartitionAssignment } from './partition-assignment.js';

const environment = await startFaultEnvironment();
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

const waitForAssignment = (...wanted: readonly number[]): Promise<void> =>
  waitForPartitionAssignment(environment, 'inventory.order-processing', ...wanted);

test('partitions follow added and killed replicas within 10 s', async () => {
  await environment.assertSurvives(async () => {
    const ids = await clients.placeDuring(orderRequest, async () => {
      await waitForAssignment(4);
      const second = await environment.startReplica('inventory');
      await waitForAssignment(2, 2);
      await environment.startReplica('inventory');
      await waitForAssignment(2, 1, 1);
      await second.kill();
      await waitForAssignment(2, 2);
    });
    await environment.expectCompleted(ids);
  });
});
