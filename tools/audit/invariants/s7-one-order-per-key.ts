import type { Invariant } from './invariant.js';
import { uniqueKeyCheck } from './unique-keys.js';

export const s7: Invariant = {
  id: 'S7',
  statement: {
    en: 'one order per customer and idempotency key',
    zh: '每个（客户，幂等键）只对应一个订单',
  },
  sql: [
    uniqueKeyCheck('order', 'idempotency_keys', ['customer_id', 'key']),
    {
      service: 'order',
      problem: { en: 'one key belongs to several orders', zh: '同一幂等键对应多个订单' },
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
        en: 'the order has no idempotency key of its customer, or several',
        zh: '订单没有本客户的幂等键，或多于一个',
      },
      // An order and its key commit together. Keys are pruned: an order older than an hour and older than the oldest key
      // may have none.
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
