import { SelectionChangedError } from '#dead-letters';
import type { Database, Transaction } from '#database';
import { newId } from '#observability';
import type { Action } from '#operator-api';
import { recordActions } from '#operator-log';
import type { Outbox } from '#outbox';
import type { Operation, PaymentStatus } from '../domain/payment-table.js';
import { type Decision, type GatewayRequest, type Payment } from '../domain/payment.js';
import {
  settleOutside,
  type Settlement,
  SettlementRefusedError,
  unsettledIntent,
} from '../domain/settle-outside.js';
import { addSettlement, lockRequest } from '../persistence/external-settlements.js';
import { findLastCauses } from '../persistence/operator-selections.js';
import { lockPayments, savePayments } from '../persistence/payments.js';
import { advancePayments } from './advance-payments.js';
import type { GatewayDispatcher } from './gateway-dispatcher.js';

/** A settlement of one order's payment. */
export type PaymentSettlement = Settlement & { readonly orderId: string };

/** The dry run. `count` is 0 when the settlement is recorded already. */
export interface SettlementPreview {
  readonly count: number;
  /** The operation that the settlement records. */
  readonly operation?: Operation;
  readonly status?: PaymentStatus;
  /** The status afterwards: a waiting one when the cancellation of the order starts another operation. */
  readonly nextStatus?: PaymentStatus;
}

/**
 * Records an operation that was executed or refused outside, with the events and the next operation of such a response by
 * the gateway. The payment, the events, the settlement and the operator log commit together.
 *
 * `preview` and `apply` throw SettlementRefusedError when the payment cannot take the settlement, or while a request for
 * the operation may be in flight: the gateway could execute it a second time.
 */
export function settlePayment(
  outbox: Outbox,
  dispatcher: Pick<GatewayDispatcher, 'add'>,
): Action<PaymentSettlement, SettlementPreview> {
  return {
    name: 'settle payment',
    description: 'records an operation that was executed or refused outside, as if the gateway had responded',
    noun: 'payment',
    fromStatus: 'unsettled',
    outcome: 'settled',
    preview: ({ database }, settlement) => preview(database, settlement),
    apply: async (tx, _service, settlement, { by }) => {
      const { orderId } = settlement;
      const { payments, decision, intent } = await decide(tx, settlement);
      if (decision.outcome !== 'done' || !intent)
        throw new SelectionChangedError(1, 0, 'unsettled operations');
      const causes = await findLastCauses(tx, [orderId]);
      const cause = causes.get(orderId) ?? { correlationId: orderId };
      const advanced = advancePayments(payments, [{ orderId, cause, decide: () => decision }]);
      await savePayments(tx, payments, advanced.payments);
      await addSettlement(tx, orderId, intent, settlement.reference);
      await outbox.add(tx, advanced.events);
      await dispatcher.add(tx, advanced.operations);
      const requestId = newId();
      await recordActions(tx, { ...by, action: 'settle payment', requestId, subjects: [orderId] });
      return { requestId, count: 1 };
    },
  };
}

async function preview(database: Database, settlement: PaymentSettlement): Promise<SettlementPreview> {
  return database.transaction(async (tx) => {
    const { payments, decision, intent } = await decide(tx, settlement);
    if (decision.outcome !== 'done' || !intent) return { count: 0 };
    return {
      count: 1,
      operation: intent.operation,
      status: payments.get(settlement.orderId)!.status,
      nextStatus: decision.payment.status,
    };
  });
}

/** Locks the payment and its waiting operation, and decides. */
async function decide(
  tx: Transaction,
  settlement: PaymentSettlement,
): Promise<{ payments: Map<string, Payment>; decision: Decision; intent: GatewayRequest | null }> {
  const { orderId } = settlement;
  const payments = await lockPayments(tx, [orderId]);
  const payment = payments.get(orderId);
  if (!payment) throw new SettlementRefusedError(orderId, 'does not exist');
  const decision = settleOutside(payment, settlement);
  const intent = unsettledIntent(payment, settlement);
  if (decision.outcome === 'done' && intent) {
    const inFlightUntil = await lockRequest(tx, orderId, intent);
    if (inFlightUntil) {
      const until = inFlightUntil.toISOString();
      throw new SettlementRefusedError(
        orderId,
        `has a ${intent.operation} request in flight until ${until}: repeat then`,
      );
    }
  }
  return { payments, decision, intent };
}
