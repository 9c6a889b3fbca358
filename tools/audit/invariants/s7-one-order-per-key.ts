import type { Invariant } from './invariant.js';

export const s7: Invariant = {
  id: 'S7',
  statement: {
    en: 'one order per customer and idempotency key',
    zh: '每个（客户，幂等键）只对应一个订单',
  },
  sql: [
    {
      service: 'order',
      problem: { en: 'one key led to several orders', zh: '同一幂等键对应多个订单' },
      violations: `
        SELECT customer_id AS "customerId", key, count(DISTINCT order_id) AS orders,
               string_agg(DISTINCT order_id::text, ', ') AS "orderIds"
        FROM idempotency_keys
        GROUP BY customer_id, key
        HAVING count(DISTINCT order_id) > 1
        ORDER BY customer_id, key`,
      count: 'SELECT count(*) FROM idempotency_keys',
    },
    {
      service: 'order',
      problem: {
        en: "the order has no key of its customer's, or more than one",
        zh: '订单没有本客户的幂等键，或多于一个',
      },
      // An order and its key commit together. Keys may be pruned in time: an order that is older than an hour and
      // than the oldest key may have lost its own.
      violations: `
        SELECT o.id AS "orderId", o.customer_id AS "customerId", count(k.key) AS keys
        FROM orders AS o
        LEFT JOIN idempotency_keys AS k ON k.order_id = o.id AND k.customer_id = o.customer_id
        GROUP BY o.id, o.customer_id, o.placed_at
        HAVING count(k.key) > 1
            OR count(k.key) = 0
           AND o.placed_at >= LEAST((SELECT min(created_at) FROM idempotency_keys), now() - interval '1 hour')
        ORDER BY o.id`,
    },
  ],
};
