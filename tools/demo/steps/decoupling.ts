import { inventoryOrderProcessing } from '#contracts';

import { type AcceptedResponse, type Order, createOrderRequest } from '../../client/api-types.js';
import { waitUntil } from '../../client/wait-until.js';

import { followAllToEnd, type StepContext, shortId, type Step } from '../step-context.js';

/** 解耦: inventory is down; order and payment continue. */
export const decoupling: Step = {
  name: 'decoupling',
  async run(context) {
    const { shop, broker, localShop, screen, translations, check } = context;
    const t = translations.steps.decoupling;
    const { inventory } = localShop.processes;
    const { pid } = inventory;
    await inventory.kill();
    screen.evidence(t.killed(pid ?? 0));

    const placed: AcceptedResponse[] = [];
    for (const sku of ['RICE-WUCHANG-5KG', 'SAUCE-DOUBANJIANG-500G', 'UMBRELLA-OILPAPER'])
      placed.push(await shop.place(createOrderRequest(sku)));
    const ids = placed.map(({ id }) => id);
    await screen.withStatus(t.awaitingPayment, () =>
      Promise.all(ids.map((id) => shop.waitForStep(id, ({ payment }) => payment === 'authorized'))),
    );
    const unreserved = await Promise.all(ids.map((id) => shop.order(id)));
    const depth = await waitUntil(
      'the messages for inventory',
      () => broker.depth(inventoryOrderProcessing),
      ({ messages, consumers }) => messages >= ids.length && consumers === 0,
    );
    showOrders(context, placed, unreserved);
    screen.evidence(t.waiting(depth.messages, depth.consumers));
    check(
      t.accepted,
      unreserved.every(({ stock, payment }) => stock === 'none' && payment === 'authorized'),
    );

    await screen.withStatus(t.starting, () => inventory.start());
    screen.evidence(t.started(inventory.pid ?? 0));
    const ended = await followAllToEnd(context, ids);
    check(
      t.completed,
      ended.every(({ status }) => status === 'completed'),
    );
  },
};

function showOrders(
  { screen, translations }: StepContext,
  placed: readonly AcceptedResponse[],
  orders: readonly Order[],
): void {
  const { order, status, stock, payment } = translations.columns;
  screen.table(
    [{ title: order }, { title: 'POST' }, { title: status }, { title: stock }, { title: payment }],
    orders.map((found, index) => [
      shortId(found.id),
      String(placed[index]?.status),
      found.status,
      found.stock,
      found.payment,
    ]),
  );
}
