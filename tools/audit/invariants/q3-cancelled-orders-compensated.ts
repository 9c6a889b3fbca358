import { netCapturedAmount } from '../charges.js';
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
  checkOrder({ key, rows: { orders, reservations, payments, charges } }) {
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
    const netCaptured = charges.reduce((sum, charge) => sum + netCapturedAmount(charge), 0);
    if (netCaptured !== 0) {
      const problem = {
        en: 'cancelled, but the gateway holds captured money',
        zh: '已取消，但网关仍留有款项',
      };
      found.push({
        problem,
        facts: { orderId: key, keptByGateway: netCaptured, payment: money.join('; ') || null },
      });
    }
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
