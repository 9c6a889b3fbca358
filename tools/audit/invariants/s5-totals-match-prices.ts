import type { Invariant } from './invariant.js';

export const s5: Invariant = {
  id: 'S5',
  statement: {
    en: "every order's total = Σ price of the recorded price version × quantity",
    zh: '每个订单的总额 = Σ 所记录价格版本的价格 × 数量',
  },
  sql: [
    {
      service: 'order',
      problem: { en: 'the total differs from its lines', zh: '订单总额与明细不符' },
      violations: `
        SELECT o.id AS "orderId", o.total_amount AS total, o.currency,
               sum(p.amount * l.quantity) AS expected, count(l.line) AS lines,
               count(*) FILTER (WHERE p.amount IS NULL) AS "linesWithoutPrice",
               count(*) FILTER (WHERE p.amount <> l.unit_price) AS "linesAtAnotherPrice",
               count(*) FILTER (WHERE p.currency <> o.currency) AS "linesInAnotherCurrency"
        FROM orders AS o
        LEFT JOIN order_lines AS l ON l.order_id = o.id
        LEFT JOIN product_prices AS p ON p.sku = l.sku AND p.version = l.price_version
        GROUP BY o.id, o.total_amount, o.currency
        HAVING o.total_amount IS DISTINCT FROM sum(p.amount * l.quantity)
            OR bool_or(p.amount IS NULL OR p.amount <> l.unit_price OR p.currency <> o.currency)
        ORDER BY o.id`,
      count: 'SELECT count(*) FROM orders',
    },
  ],
};
