import type { OrderRow } from '../order-records.js';
import type { Violation } from '../report.js';
import type { Invariant } from './invariant.js';

const STOCK_SETTLED = new Set(['rejected', 'released', 'restocked']);

/** The gateway refused the refund and all other work is done: only an operator can end the order. */
export function waitsForOperator({ status, stock, payment }: OrderRow): boolean {
  return status === 'cancelling' && payment === 'refund_failed' && STOCK_SETTLED.has(stock);
}

export const q1: Invariant = {
  id: 'Q1',
  statement: {
    en: 'every accepted order exists and has ended: completed or cancelled',
    zh: '每笔已受理的订单都存在，且已结束：完成或取消',
  },
  sql: [
    {
      service: 'order',
      problem: {
        en: 'an order with a key, lines or events does not exist',
        zh: '有幂等键、明细或事件的订单不存在',
      },
      // An order, its key, its lines and its first transition commit together, and orders are never deleted.
      violations: `
        SELECT trace.order_id AS "orderId", string_agg(DISTINCT trace.seen_in, ', ') AS "seenIn"
        FROM (
          SELECT order_id, 'idempotency_keys' AS seen_in FROM idempotency_keys
          UNION ALL SELECT order_id, 'order_lines' FROM order_lines
          UNION ALL SELECT order_id, 'order_transitions' FROM order_transitions
          UNION ALL SELECT subject::uuid, 'outbox' FROM outbox WHERE type LIKE 'order.%'
        ) AS trace
        WHERE NOT EXISTS (SELECT FROM orders AS o WHERE o.id = trace.order_id)
        GROUP BY trace.order_id
        ORDER BY trace.order_id`,
    },
  ],
  appliesToOrder: ({ rows }) => rows.orders.length > 0 || rows.accepted.length > 0,
  checkOrder({ key, rows }) {
    const { orders, reservations, payments, accepted } = rows;
    const found: Violation[] = [];
    if (orders.length === 0 && accepted.length > 0) {
      const problem = { en: 'an accepted order does not exist', zh: '已受理的订单不存在' };
      found.push({ problem, facts: { orderId: key } });
    }
    if (orders.length === 0 && reservations.length + payments.length > 0) {
      const problem = {
        en: 'an order with a reservation or a payment does not exist',
        zh: '有预占或支付记录的订单不存在',
      };
      const facts = {
        orderId: key,
        reservation: reservations[0]?.status ?? null,
        payment: payments[0]?.status ?? null,
      };
      found.push({ problem, facts });
    }
    for (const order of orders) {
      const { status, stock, payment } = order;
      if (status === 'completed' || status === 'cancelled' || waitsForOperator(order)) continue;
      const problem = { en: 'the order has not ended', zh: '订单尚未结束' };
      found.push({ problem, facts: { orderId: key, status, stock, payment } });
    }
    return found;
  },
  async checkDatabases({ order }, _context, findings) {
    const [row] = await order.rows<{ count: number }>(
      `SELECT count(*) FROM orders WHERE status = 'cancelling' AND payment = 'refund_failed'`,
    );
    const count = row?.count ?? 0;
    if (count === 0) return;
    findings.addRemark({
      en: `orders awaiting an operator because the gateway refused the refund: ${count}`,
      zh: `因网关拒绝退款而等待人工处理的订单：${count}`,
    });
  },
};
