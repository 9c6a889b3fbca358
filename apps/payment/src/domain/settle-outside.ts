import { operationNames, operations, type Operation } from './payment-table.js';
import {
  decideOnResponse,
  type Decision,
  type GatewayRequest,
  type Payment,
  pendingIntent,
} from './payment.js';

/** An operation that was executed without the dispatcher, and the id that proves it: the gateway's or the bank's. */
export interface Settlement {
  readonly reference: string;
  /** The operation that the operator means. Default: the one that waits. */
  readonly operation?: Operation | undefined;
}

/** The payment cannot take the settlement; the message says why. */
export class SettlementRefusedError extends Error {
  override readonly name = 'SettlementRefusedError';

  constructor(orderId: string, reason: string) {
    super(`payment of order ${orderId} ${reason}`);
  }
}

/**
 * The operation that waits for its outcome: the pending one, or the refund that the gateway refused last. Null when the
 * payment waits for none.
 */
export function unsettledIntent(payment: Payment): GatewayRequest | null {
  return pendingIntent(awaitRefusedRefund(payment));
}

/**
 * Records that the waiting operation was executed outside, as if the gateway had approved it with `reference`. The same
 * settlement again is `already`. A refused refund is settled under its last key, so no later retry can start.
 *
 * @throws SettlementRefusedError when no operation waits, another one waits, or the reference belongs to another operation
 */
export function settleOutside(payment: Payment, { reference, operation }: Settlement): Decision {
  const { orderId, status } = payment;
  const holder = operationNames.find((name) => payment[operations[name].reference] === reference);
  if (holder !== undefined && (operation ?? holder) === holder) return { outcome: 'already' };
  if (holder !== undefined) throw new SettlementRefusedError(orderId, `has ${reference} as its ${holder}`);
  const intent = unsettledIntent(payment);
  if (!intent) {
    throw new SettlementRefusedError(
      orderId,
      `is ${status}: it waits for no operation, and no refund was refused`,
    );
  }
  if (operation !== undefined && operation !== intent.operation) {
    throw new SettlementRefusedError(
      orderId,
      `is ${status}: it waits for ${intent.operation}, not ${operation}`,
    );
  }
  return decideOnResponse(awaitRefusedRefund(payment), { ...intent, outcome: 'approved', reference });
}

function awaitRefusedRefund(payment: Payment): Payment {
  return payment.status === 'refund_failed' ? { ...payment, status: 'refunding' } : payment;
}
