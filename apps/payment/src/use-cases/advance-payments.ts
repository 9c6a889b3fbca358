import { latestContract } from '#contracts';
import { type Cause, outgoingEvent, type OutgoingEvent } from '#messaging';
import type { Decision, Payment } from '../domain/payment.js';
import type { NewOperation } from '../persistence/gateway-operations.js';

/** An order event or a gateway response, as a decision on the order's payment. */
export interface PaymentInput {
  readonly orderId: string;
  readonly decide: (payment: Payment | undefined) => Decision;
  readonly cause: Cause;
}

/** The result of a batch: rows to save, operations and events to add, and one outcome per input. */
export interface AdvancedPayments {
  readonly payments: readonly Payment[];
  readonly operations: readonly NewOperation[];
  readonly events: readonly OutgoingEvent[];
  readonly outcomes: readonly Decision['outcome'][];
}

/**
 * Decides on the inputs in order, each on the payment that the inputs before it left. The result equals that of one
 * transaction per input, with one read and one write for the whole batch.
 */
export function advancePayments(
  paymentsBefore: ReadonlyMap<string, Payment>,
  inputs: readonly PaymentInput[],
): AdvancedPayments {
  const changed = new Map<string, Payment>();
  const operations: NewOperation[] = [];
  const events: OutgoingEvent[] = [];
  const outcomes = inputs.map(({ orderId, decide, cause }) => {
    const decision = decide(changed.get(orderId) ?? paymentsBefore.get(orderId));
    if (decision.outcome === 'done') {
      const { payment, event, intent } = decision;
      changed.set(orderId, payment);
      if (intent) operations.push({ payment, intent, cause });
      if (event)
        events.push(outgoingEvent(latestContract(event.name), orderId, payment.version, event.data, cause));
    }
    return decision.outcome;
  });
  return { payments: [...changed.values()], operations, events, outcomes };
}
