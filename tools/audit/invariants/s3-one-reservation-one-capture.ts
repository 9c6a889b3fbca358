import type { Invariant } from './invariant.js';
import { uniqueKeyCheck } from './unique-keys.js';

export const s3: Invariant = {
  id: 'S3',
  statement: {
    en: 'an order has at most one active reservation and at most one capture',
    zh: '每个订单至多一条有效预占、至多一次扣款',
  },
  sql: [
    uniqueKeyCheck('inventory', 'reservations', ['order_id']),
    uniqueKeyCheck('payment', 'payments', ['order_id']),
    uniqueKeyCheck('payment', 'gateway_operations', ['order_id', 'idempotency_key']),
    {
      service: 'inventory',
      problem: { en: 'more than one active reservation', zh: '有效预占多于一条' },
      violations: `
        SELECT order_id AS "orderId", count(*) AS reservations
        FROM reservations
        WHERE status IN ('held', 'deducted')
        GROUP BY order_id
        HAVING count(*) > 1
        ORDER BY order_id`,
      count: 'SELECT count(*) FROM reservations',
    },
    {
      service: 'payment',
      problem: { en: 'more than one capture was requested', zh: '扣款请求多于一次' },
      violations: `
        SELECT order_id AS "orderId", count(*) AS captures
        FROM gateway_operations
        WHERE operation = 'capture'
        GROUP BY order_id
        HAVING count(*) > 1
        ORDER BY order_id`,
      count: 'SELECT count(*) FROM payments',
    },
    {
      service: 'payment',
      problem: { en: 'more than one captured payment', zh: '已扣款的支付多于一笔' },
      violations: `
        SELECT order_id AS "orderId", count(*) AS payments
        FROM payments
        WHERE capture_id IS NOT NULL
        GROUP BY order_id
        HAVING count(*) > 1
        ORDER BY order_id`,
    },
  ],
};
