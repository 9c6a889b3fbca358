import { type Charge, countOutstandingAuthorizations, netCapturedAmount } from '../charges.js';
import type { PaymentRow } from '../order-records.js';
import type { Violation } from '../report.js';
import type { Invariant } from './invariant.js';

const STOCK_RETURNED = new Set(['rejected', 'released', 'restocked']);
const MONEY_RETURNED = new Set(['declined', 'voided', 'refunded']);

export const q3: Invariant = {
  id: 'Q3',
  statement: {
    en: "cancelled ⇒ no stock is held or deducted, and captured − refunded = 0, also in the gateway's ledger",
    zh: '已取消 ⇒ 无预占、无扣减，且扣款 − 退款 = 0，网关账本亦然',
  },
  appliesToOrder: ({ rows }) => rows.orders.some(({ status }) => status === 'cancelled'),
  checkOrder({ key, rows: { orders, reservations, payments, charges } }, { sources }) {
    if (!orders.some(({ status }) => status === 'cancelled')) return [];
    const found: Violation[] = [];
    // Inventory and payment record a final status even if there was no stock or money to return.
    const stock = reservations.map(({ status }) => status);
    if (stock.length === 0 || !stock.every((status) => STOCK_RETURNED.has(status))) {
      const problem = { en: 'cancelled, but its stock is not returned', zh: '已取消，但库存未归还' };
      const lines = reservations.map((one) => one.lines).join('; ');
      found.push({ problem, facts: { orderId: key, reservation: stock.join('; ') || null, lines } });
    }
    const money = payments.map(({ status }) => status);
    if (money.length === 0 || !money.every((status) => MONEY_RETURNED.has(status))) {
      const problem = { en: 'cancelled, but its money is not returned', zh: '已取消，但款项未退还' };
      const amount = payments[0]?.amount ?? null;
      found.push({ problem, facts: { orderId: key, payment: money.join('; ') || null, amount } });
    }
    if (sources.gatewayUrl !== undefined) found.push(...checkLedger(key, payments, charges));
    return found;
  },
  checkDatabases(_snapshots, { sources }, findings) {
    if (sources.gatewayUrl === undefined) {
      findings.addUnchecked({
        en: "the gateway's ledger (no gateway URL)",
        zh: '网关账本（未给出网关地址）',
      });
    }
    return Promise.resolve();
  },
};

function checkLedger(
  orderId: string,
  payments: readonly PaymentRow[],
  charges: readonly Charge[],
): readonly Violation[] {
  const found: Violation[] = [];
  const payment = payments.map(({ status }) => status).join('; ') || null;
  const inLedger = charges.reduce((sum, charge) => sum + netCapturedAmount(charge), 0);
  const keptByGateway = inLedger + capturedOutside(payments, charges);
  if (keptByGateway !== 0) {
    const problem = {
      en: 'cancelled, but the gateway holds captured money',
      zh: '已取消，但网关仍留有款项',
    };
    found.push({ problem, facts: { orderId, keptByGateway, payment } });
  }
  const outstanding = charges.reduce((sum, charge) => sum + countOutstandingAuthorizations(charge), 0);
  // A refused void means that the authorization has expired, or that the bank released it.
  const isEnded = payments.some(
    ({ voidRefusal, settledOutside }) => voidRefusal !== null || settledOutside.length > 0,
  );
  if (outstanding > 0 && !isEnded) {
    const problem = {
      en: 'cancelled, but an authorization is neither captured nor voided',
      zh: '已取消，但仍有预授权未扣款也未撤销',
    };
    found.push({ problem, facts: { orderId, outstanding, payment } });
  }
  return found;
}

/** Captured minus refunded, of the operations that an operator recorded and that the ledger does not have. */
function capturedOutside(payments: readonly PaymentRow[], charges: readonly Charge[]): number {
  const isInLedger = (id: string | null): boolean =>
    charges.some(({ approved }) => approved.some((entry) => entry.id === id));
  return payments.reduce((sum, { settledOutside, amount, captureId, refundId }) => {
    const captured = settledOutside.includes('capture') && !isInLedger(captureId) ? (amount ?? 0) : 0;
    const refunded = settledOutside.includes('refund') && !isInLedger(refundId) ? (amount ?? 0) : 0;
    return sum + captured - refunded;
  }, 0);
}
