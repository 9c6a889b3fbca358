import type { Invariant } from './invariant.js';

export const s4: Invariant = {
  id: 'S4',
  statement: { en: 'refunds never exceed the capture', zh: '退款从不超过扣款' },
  sql: [
    {
      service: 'payment',
      problem: { en: 'the refunds exceed the capture', zh: '退款超过扣款' },
      // Each operation is for the whole amount. The ids in `payments` count too: old operations may have been pruned.
      violations: `
        SELECT order_id AS "orderId", p.status, p.amount, p.currency, p.capture_id AS "captureId",
               p.refund_id AS "refundId", o.captures, o.refunds
        FROM payments AS p
        FULL JOIN (
          SELECT order_id,
                 count(*) FILTER (WHERE operation = 'capture') AS captures,
                 count(*) FILTER (WHERE operation = 'refund') AS refunds
          FROM gateway_operations
          WHERE outcome = 'approved' AND operation IN ('capture', 'refund')
          GROUP BY order_id
        ) AS o USING (order_id)
        WHERE GREATEST(o.refunds, (p.refund_id IS NOT NULL)::integer)
            > GREATEST(o.captures, (p.capture_id IS NOT NULL)::integer)
        ORDER BY order_id`,
      count: 'SELECT count(*) FROM payments',
    },
  ],
};
