import { expect, onTestFinished, test } from 'vitest';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { startFaultEnvironment } from './fault-environment.js';

const environment = await startFaultEnvironment();
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

test('another replica relays after a kill, with one effect', async () => {
  await environment.assertSurvives(async () => {
    const recorder = await environment.recordMessages();
    const order = environment.process('order');
    await order.restart({ ORDER_FAILPOINT: 'relay.after-confirm' });
    const other = await environment.startReplica('order');
    const placed = clients.placeMany(orderRequest, 10);
    await order.exited;
    await recorder.waitForDuplicate();
    expect(order.signalCode).toBe('SIGKILL');
    await order.start();
    await environment.expectCompleted(await placed);
    await other.stop();
  });
});

test('two deadline watchers cancel a late order once', async () => {
  await environment.assertSurvives(async () => {
    const soon = { ORDER_DEADLINE_MS: '1000' };
    await environment.process('order').restart(soon);
    const other = await environment.startReplica('order', soon);
    await shop.setGatewayModes({ authorize: { behaviour: 'slow', delayMs: 4_000 } });
    onTestFinished(() => shop.setGatewayModes({}));
    const ids = await clients.placeMany(orderRequest, 20);
    for (const id of ids) {
      const { status, history } = await shop.waitUntilEnded(id);
      expect(status).toBe('cancelled');
      expect(history.filter(({ trigger }) => trigger === 'deadline_passed')).toHaveLength(1);
    }
    await other.stop();
  });
});
