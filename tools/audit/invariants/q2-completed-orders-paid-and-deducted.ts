import type { OrderRow, PaymentRow, ReservationRow } from '../order-records.js';
import type { Facts } from '../report.js';
import type { Invariant } from './invariant.js';

export const q2: Invariant = {
  id: 'Q2',
  statement: {
    en: 'completed ⇔ exactly one capture of the exact amount and exactly one deducted reservation of the same lines',
    zh: '已完成 ⇔ 恰好一次等额扣款，且恰好一条明细相同的已扣减预占',
  },
  appliesToOrder: ({ rows }) => rows.orders.length > 0,
  checkOrder: ({ key, rows: { orders, reservations, payments } }) =>
    orders.flatMap((order) => {
      const isPaid = payments.length === 1 && payments.every((payment) => paysExactly(payment, order));
      const isDeducted = reservations.length === 1 && reservations.every((one) => deductsExactly(one, order));
      if ((order.status === 'completed') === (isPaid && isDeducted)) return [];
      return [
        { problem: describeProblem(order, isPaid), facts: buildFacts(key, order, payments, reservations) },
      ];
    }),
};

function paysExactly(payment: PaymentRow, { amount, currency }: OrderRow): boolean {
  const { status, captureId, refundId } = payment;
  const isCaptured = status === 'captured' && captureId !== null && refundId === null;
  return isCaptured && payment.amount === amount && payment.currency === currency;
}

function deductsExactly({ status, lines }: ReservationRow, order: OrderRow): boolean {
  return status === 'deducted' && lines === order.lines;
}

function describeProblem(order: OrderRow, isPaid: boolean) {
  if (order.status !== 'completed')
    return { en: 'captured and deducted, but not completed', zh: '已扣款且已扣减，但订单未完成' };
  return isPaid
    ? { en: 'completed, but its lines are not deducted exactly', zh: '已完成，但商品未如数扣减' }
    : { en: 'completed, but its amount is not captured exactly', zh: '已完成，但未如数扣款' };
}

function buildFacts(
  orderId: string,
  order: OrderRow,
  payments: readonly PaymentRow[],
  reservations: readonly ReservationRow[],
): Facts {
  return {
    orderId,
    order: `${order.status}, ${order.amount} ${order.currency}, ${order.lines}`,
    payment:
      payments.map(({ status, amount, currency }) => `${status}, ${amount} ${currency}`).join('; ') || null,
    reservation: reservations.map(({ status, lines }) => `${status}, ${lines}`).join('; ') || null,
  };
}
