import { inventoryOrderProcessing } from '#contracts';

import { type Accepted, type Order, wishFor } from '../../client/api-types.js';
import { until } from '../../client/wait-until.js';

import { followAllToEnd, type Scene, short, type Step } from '../step-context.js';

/** 解耦: one service is dead, and the others do not even notice. */
export const decoupling: Step = {
  name: 'decoupling',
  async play(scene) {
    const { shop, broker, platform, screen, texts, check } = scene;
    const t = texts.steps.decoupling;
    const { inventory } = platform.processes;
    const { pid } = inventory;
    await inventory.kill();
    screen.evidence(t.killed(pid ?? 0));

    const placed: Accepted[] = [];
    for (const sku of ['RICE-WUCHANG-5KG', 'SAUCE-DOUBANJIANG-500G', 'UMBRELLA-OILPAPER'])
      placed.push(await shop.place(wishFor(sku)));
    const ids = placed.map(({ id }) => id);
    await screen.during(t.awaitingPayment, () =>
      Promise.all(ids.map((id) => shop.reached(id, ({ payment }) => payment === 'authorized'))),
    );
    const meanwhile = await Promise.all(ids.map((id) => shop.order(id)));
    const depth = await until(
      'the messages for inventory',
      () => broker.depth(inventoryOrderProcessing),
      ({ messages, consumers }) => messages >= ids.length && consumers === 0,
    );
    showOrders(scene, placed, meanwhile);
    screen.evidence(t.waiting(depth.messages, depth.consumers));
    check(
      t.taken,
      meanwhile.every(({ stock, payment }) => stock === 'silent' && payment === 'authorized'),
    );

    await screen.during(t.starting, () => inventory.start());
    screen.evidence(t.started(inventory.pid ?? 0));
    const ended = await followAllToEnd(scene, ids);
    check(
      t.completed,
      ended.every(({ status }) => status === 'completed'),
    );
  },
};

function showOrders({ screen, texts }: Scene, placed: readonly Accepted[], orders: readonly Order[]): void {
  const { order, status, stock, payment } = texts.columns;
  screen.table(
    [{ title: order }, { title: 'POST' }, { title: status }, { title: stock }, { title: payment }],
    orders.map((found, index) => [
      short(found.id),
      String(placed[index]?.status),
      found.status,
      found.stock,
      found.payment,
    ]),
  );
}
