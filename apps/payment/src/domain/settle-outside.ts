import { operationNames, operations, type Operation } from './payment-table.js';
import {
  alreadyCaptured,
  decideOnResponse,
  type Decision,
  type GatewayRequest,
  type Payment,
  pendingIntent,
} from './payment.js';

/** The outcome of an operation that was settled without the dispatcher. */
export type Settlement = {
  /** The operation that the operator means. Default: the one that waits. */
  readonly operation?: Operation | undefined;
} & (
  | {
      /** It was executed: the id that proves it, of the gateway or of the bank. */
      readonly reference: string;
      readonly refusal?: undefined;
    }
  | {
      /** It was refused: the reason, of the gateway or of the bank. */
      readonly refusal: string;
      readonly reference?: undefined;
    }
);

/** The payment cannot take the settlement; the message says why. */
export class SettlementRefusedError extends Error {
  override readonly name = 'SettlementRefusedError';

  constructor(orderId: string, reason: string) {
    super(`payment of order ${orderId} ${reason}`);
  }
}

/**
 * The operation whose outcome the settlement records: the pending one, or, as executed, the refund that the gateway refused
 * last. Null when the payment waits for none.
 */
export function unsettledIntent(payment: Payment, { reference }: Settlement): GatewayRequest | null {
  return pendingIntent(reference === undefined ? payment : awaitRefusedRefund(payment));
}

/**
 * Records an outcome as if it were the gateway's response: an approval with `reference`, or a refusal with its reason. The
 * same settlement again is `already`. A refused refund is settled under its last key, so no later retry can start.
 *
 * @throws SettlementRefusedError when no operation waits, another one waits, the reference belongs to another operation, or
 * the reason contradicts the payment
 */
export function settleOutside(payment: Payment, settlement: Settlement): Decision {
  const { orderId, status } = payment;
  const { operation, reference, refusal } = settlement;
  const intent = unsettledIntent(payment, settlement);
  if (isRecorded(payment, settlement, intent)) return { outcome: 'already' };
  if (!intent) {
    const refund = reference === undefined ? '' : ', and no refund was refused';
    throw new SettlementRefusedError(orderId, `is ${status}: it waits for no operation${refund}`);
  }
  if (operation !== undefined && operation !== intent.operation) {
    const reason = `it waits for ${intent.operation}, not ${operation}`;
    throw new SettlementRefusedError(orderId, `is ${status}: ${reason}`);
  }
  if (reference === undefined) return refuse(payment, intent, refusal);
  return decideOnResponse(awaitRefusedRefund(payment), { ...intent, outcome: 'approved', reference });
}

/** @throws SettlementRefusedError when the reference is that of another operation */
function isRecorded(
  payment: Payment,
  { operation, reference, refusal }: Settlement,
  intent: GatewayRequest | null,
): boolean {
  // A repeated refund waits again, with the reason of the earlier one.
  if (reference === undefined && intent) return false;
  const member = reference === undefined ? 'refusal' : 'reference';
  const holders = operationNames.filter(
    (name) => payment[operations[name][member]] === (reference ?? refusal),
  );
  if (holders.length === 0) return false;
  if (operation === undefined || holders.includes(operation)) return true;
  if (reference === undefined) return false;
  throw new SettlementRefusedError(payment.orderId, `has ${reference} as its ${holders[0]}`);
}

function refuse(payment: Payment, intent: GatewayRequest, reason: string): Decision {
  if (reason !== alreadyCaptured) return decideOnResponse(payment, { ...intent, outcome: 'refused', reason });
  const problem = `cannot take the refusal ${reason}: settle the capture by its reference`;
  throw new SettlementRefusedError(payment.orderId, problem);
}

function awaitRefusedRefund(payment: Payment): Payment {
  return payment.status === 'refund_failed' ? { ...payment, status: 'refunding' } : payment;
}
