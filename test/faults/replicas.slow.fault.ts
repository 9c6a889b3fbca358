import { expect, onTestFinished, test } from 'vitest';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { startFaultEnvironment } from './fault-environment.js';

const environment = await startFaultEnvironment();
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

test('a relay that is killed is followed by another replica’s, which sends again what is in doubt: one effect each', async () => {
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
    for (const id of await placed)
      expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });
    await other.stop();
  });
});

test('of two replicas that watch the deadlines one cancels an order that is late, once', async () => {
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
