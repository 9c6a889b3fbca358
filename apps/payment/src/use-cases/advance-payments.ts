import { latestContract } from '#contracts';
import { type Cause, outgoingEvent, type OutgoingEvent } from '#messaging';
import type { Decision, Payment } from '../domain/payment.js';
import type { NewOperation } from '../persistence/gateway-operations.js';

/** Something that concerns the payment of an order: a message of the order service, or an answer of the gateway. */
export interface PaymentInput {
  readonly orderId: string;
  readonly decide: (payment: Payment | undefined) => Decision;
  readonly cause: Cause;
}

/** What a batch of concerns comes to: what has to be saved, asked and told, and what was decided about each. */
export interface AdvancedPayments {
  readonly payments: readonly Payment[];
  readonly operations: readonly NewOperation[];
  readonly events: readonly OutgoingEvent[];
  readonly outcomes: readonly Decision['outcome'][];
}

/**
 * Decides about the concerns one after the other, each on what those before it have left: the whole batch reads the
 * database once and writes it once, and comes to the same as if each had been handled alone.
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
