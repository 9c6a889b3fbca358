import { createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { type Lesson, type LessonContext, type NaiveRun, type ShopRun, violation } from '../lesson.js';
import { type PlaceOrder, publishAfterCommit, publishBeforeCommit } from '../naive/storefront.js';
import { CUT, ORDERS, placeTenOrders } from './faults.js';
import { labels, texts } from './texts.js';

export const lostMessage: Lesson<{ placeOrder: PlaceOrder }> = {
  number: 4,
  slug: 'lost-message',
  texts,
  naive: [
    naiveRun('publishAfterCommit', publishAfterCommit),
    naiveRun('publishBeforeCommit', publishBeforeCommit),
  ],
  ours,
  exports: ['placeOrder'],
  check: async (context, load) => placeTenOrders(context, (await load()).placeOrder),
  readNext: [
    'apps/order/src/use-cases/place-orders.ts',
    'libs/outbox/src/relay/relay.ts',
    'test/faults/failpoints.fault.ts',
  ],
};

function naiveRun(name: string, place: PlaceOrder): NaiveRun {
  const source = { file: 'lessons/naive/storefront.ts', name };
  return { source, run: (context) => placeTenOrders(context, place) };
}

/** Places ten orders at the shop; the services' connections to the broker are cut during orders 4 to 6. */
async function ours({ shop, database, control }: LessonContext): Promise<ShopRun> {
  const ids: string[] = [];
  for (let number = 1; number <= ORDERS; number += 1) {
    if (number === CUT.from) await control.cutBroker();
    if (number === CUT.to + 1) await control.restoreBroker();
    ids.push((await shop.place(createOrderRequest('TEA-LONGJING-100G'))).id);
  }
  await Promise.all(ids.map((id) => shop.waitUntilEnded(id)));
  await waitUntil(
    'the outbox',
    () => database.unpublished('order'),
    (pending) => pending === 0,
  );
  const cut = ids.slice(CUT.from - 1, CUT.to).map((id) => `'${id}'`);
  const claims = ['inventory', 'payment'] as const;
  const claimed = await Promise.all(
    claims.map(async (service) => {
      const sql = "SELECT subject FROM inbox WHERE subject = ANY ($1) AND type = 'order.placed.v1'";
      return new Set(
        (await database.query<{ subject: string }>(service, sql, [ids])).map(({ subject }) => subject),
      );
    }),
  );
  const delivered = ids.filter((id) => claimed.every((subjects) => subjects.has(id))).length;
  return {
    counts: [
      { label: labels.accepted, value: ids.length },
      { label: labels.delivered, value: delivered },
      violation(labels.lost, ids.length - delivered),
    ],
    rows: [
      {
        service: 'order',
        sql: `SELECT subject, occurred_at, published_at FROM outbox WHERE type = 'order.placed.v1' AND subject IN (${cut.join(', ')}) ORDER BY position`,
      },
    ],
  };
}
