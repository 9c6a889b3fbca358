import { expect, onTestFinished, test } from 'vitest';

import { wishFor } from '../../tools/client/api-types.js';
import { BreakableShop } from './breakable-shop.js';
import { Wiretap } from './wiretap.js';

const faults = await BreakableShop.open();
const { platform, customers, shop } = faults;
const wish = wishFor(await shop.newProduct({ stock: 100_000 }));

test('a relay that is killed is followed by another replica’s, which sends again what is in doubt: one effect each', async () => {
  await faults.survives(async () => {
    const tap = await Wiretap.listen(platform.rabbitmqUrl);
    const { order } = platform.processes;
    await order.restart({ ORDER_CRASH_POINT: 'relay: after confirm, before marking' });
    const other = await faults.startReplica('order');
    const placed = customers.placeMany(wish, 10);
    await order.exited;
    await tap.untilRepeated();
    expect(order.endedBy).toBe('SIGKILL');
    await order.start();
    for (const id of await placed) expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
    await other.stop();
  });
});

test('of two replicas that watch the deadlines one cancels an order that is late, once', async () => {
  await faults.survives(async () => {
    const soon = { ORDER_DEADLINE_MS: '1000' };
    await platform.processes.order.restart(soon);
    const other = await faults.startReplica('order', soon);
    await shop.setGatewayModes({ authorize: { behaviour: 'slow', delayMs: 4_000 } });
    onTestFinished(() => shop.setGatewayModes({}));
    const ids = await customers.placeMany(wish, 20);
    for (const id of ids) {
      const { status, history } = await shop.ended(id);
      expect(status).toBe('cancelled');
      expect(history.filter(({ trigger }) => trigger === 'deadline_passed')).toHaveLength(1);
    }
    await other.stop();
  });
});
