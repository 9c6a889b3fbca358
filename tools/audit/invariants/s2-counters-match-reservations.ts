import type { Invariant } from './invariant.js';

export const s2: Invariant = {
  id: 'S2',
  statement: {
    en: 'the stock counters equal the sums of the reservations and of the goods receipts',
    zh: '库存计数等于预占记录与入库记录之和',
  },
  sql: [
    {
      service: 'inventory',
      problem: { en: 'the counters differ from the reservations', zh: '库存计数与预占记录之和不符' },
      violations: `
        SELECT sku, s.held, r.held AS "heldByReservations", s.deducted, r.deducted AS "deductedByReservations"
        FROM stock_levels AS s
        FULL JOIN (
          SELECT line.sku,
                 sum(line.quantity) FILTER (WHERE status = 'held') AS held,
                 sum(line.quantity) FILTER (WHERE status = 'deducted') AS deducted
          FROM reservations
          CROSS JOIN LATERAL jsonb_to_recordset(lines) AS line (sku text, quantity bigint)
          WHERE status IN ('held', 'deducted')
          GROUP BY line.sku
        ) AS r USING (sku)
        WHERE COALESCE(s.held, 0) <> COALESCE(r.held, 0)
           OR COALESCE(s.deducted, 0) <> COALESCE(r.deducted, 0)
        ORDER BY sku`,
      count: 'SELECT count(*) FROM stock_levels',
    },
    {
      service: 'inventory',
      problem: { en: 'received differs from the goods receipts', zh: '入库总数与入库记录之和不符' },
      violations: `
        SELECT sku, s.received, r.received AS "receivedByReceipts"
        FROM stock_levels AS s
        FULL JOIN (SELECT sku, sum(quantity) AS received FROM stock_receipts GROUP BY sku) AS r USING (sku)
        WHERE COALESCE(s.received, 0) <> COALESCE(r.received, 0)
        ORDER BY sku`,
    },
  ],
};
