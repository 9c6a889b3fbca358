import {
  type Operation,
  operationNames,
  operations,
} from '../../../apps/payment/src/domain/payment-table.js';
import type { PaymentRow } from '../order-records.js';
import type { Charge } from '../charges.js';
import type { Violation } from '../report.js';
import type { TranslatedText } from '../translated-text.js';
import type { Invariant } from './invariant.js';

const problems = {
  unexpected: { en: 'an operation in the ledger, but not in payments', zh: '网关账本中的操作，支付表没有' },
  missing: { en: 'an operation in payments, but not in the ledger', zh: '支付表中的操作，网关账本没有' },
  amountMismatch: { en: 'the amounts in ledger and payments differ', zh: '网关账本与支付表金额不符' },
} satisfies Record<string, TranslatedText>;

const SETTLED = 'SELECT operation, count(*) FROM external_settlements GROUP BY operation ORDER BY operation';

export const q4: Invariant = {
  id: 'Q4',
  statement: {
    en: "the gateway's ledger and the payments agree: no charge that payment did not request, no double charge",
    zh: '网关账本与支付表一致：没有幽灵扣款，没有重复扣款',
  },
  appliesToOrder: ({ rows }, { sources }) =>
    sources.gatewayUrl !== undefined && rows.payments.length + rows.charges.length > 0,
  checkOrder({ key, rows: { payments, charges } }, { sources }) {
    if (sources.gatewayUrl === undefined) return [];
    return operationNames.flatMap((operation) => disagreements(key, operation, payments, charges));
  },
  async checkDatabases({ payment }, { sources }, findings) {
    if (sources.gatewayUrl === undefined) {
      findings.addUnchecked({
        en: "the gateway's ledger (no gateway URL)",
        zh: '网关账本（未给出网关地址）',
      });
    }
    for (const { operation, count } of await payment.rows<{ operation: string; count: number }>(SETTLED)) {
      findings.addRemark({
        en: `${operation}: ${count} recorded by an operator as executed outside; compare the references with the bank`,
        zh: `${operation}：由运维人员登记为已在系统外执行 ${count} 笔；请按凭证号与银行核对`,
      });
    }
  },
};

function disagreements(
  orderId: string,
  operation: Operation,
  payments: readonly PaymentRow[],
  charges: readonly Charge[],
): Violation[] {
  const { waiting, reference, refusal } = operations[operation];
  // An operation in progress has no outcome to compare; Q7 reports it.
  if (payments.some(({ status }) => status === waiting)) return [];

  const found: Violation[] = [];
  const done = charges.flatMap(({ approved }) => approved).filter((entry) => entry.operation === operation);
  const known = payments
    .filter(({ settledOutside }) => !settledOutside.includes(operation))
    .flatMap((payment) => payment[reference] ?? []);
  for (const { id, amount, currency } of done) {
    const facts = { orderId, operation, entry: id, amount, currency };
    const payment = payments.find((one) => one[reference] === id);
    if (!payment) found.push({ problem: problems.unexpected, facts });
    else if (payment.amount !== amount || payment.currency !== currency) {
      found.push({ problem: problems.amountMismatch, facts: { ...facts, expected: payment.amount } });
    }
  }
  for (const id of known) {
    if (done.some((entry) => entry.id === id)) continue;
    found.push({ problem: problems.missing, facts: { orderId, operation, entry: id } });
  }
  const wasRefused = charges.some(({ refused }) => refused.includes(operation));
  const isRecordedRefused = payments.some((payment) => payment[refusal] !== null);
  if (wasRefused !== isRecordedRefused) {
    const problem = wasRefused ? problems.unexpected : problems.missing;
    found.push({ problem, facts: { orderId, operation, entry: 'refused' } });
  }
  return found;
}
