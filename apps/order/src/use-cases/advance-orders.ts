import { latestContract } from '#contracts';
import { type Cause, outgoingEvent, type OutgoingEvent } from '#messaging';
import {
  decide,
  type Decision,
  type OrderEventName,
  type OrderProcess,
  type Trigger,
} from '../domain/order-process.js';
import type { OrderRecord, OrderStep } from '../persistence/orders.js';

/** Something that concerns an order. */
export interface OrderInput {
  readonly orderId: string;
  readonly trigger: Trigger;
  /** The trigger's name in the history. */
  readonly name: string;
  /** The message that brought it, unless it was a person or the clock. */
  readonly messageId?: string;
  readonly cause?: Cause;
}

/** What a batch of concerns comes to: what has to be saved and told, and what was decided about each. */
export interface AdvancedOrders {
  readonly orders: readonly OrderProcess[];
  readonly steps: readonly OrderStep[];
  readonly events: readonly OutgoingEvent[];
  readonly outcomes: readonly Decision['outcome'][];
}

/** The concern is about an order that this service has never accepted: its sender is mistaken. */
export class UnknownOrderError extends Error {
  override readonly name = 'UnknownOrderError';
  readonly permanent = true;

  constructor(orderId: string) {
    super(`there is no order ${orderId}`);
  }
}

/**
 * Decides about the concerns one after the other, each on what those before it have left: the whole batch reads the
 * database once and writes it once, and comes to the same as if each had been handled alone.
 *
 * @throws UnknownOrderError, ImpossibleTransitionError
 */
export function advanceOrders(
  records: ReadonlyMap<string, OrderRecord>,
  inputs: readonly OrderInput[],
): AdvancedOrders {
  const changed = new Map<string, OrderProcess>();
  const steps: OrderStep[] = [];
  const events: OutgoingEvent[] = [];
  const outcomes = inputs.map(({ orderId, trigger, name, messageId, cause }) => {
    const record = records.get(orderId);
    if (!record) throw new UnknownOrderError(orderId);
    const before = changed.get(orderId) ?? record.process;
    const decision = decide(before, trigger);
    if (decision.outcome === 'done') {
      changed.set(orderId, decision.order);
      steps.push({ before, after: decision.order, trigger: name, messageId });
      if (decision.eventName) events.push(createEvent(decision.eventName, decision.order, record, cause));
    }
    return decision.outcome;
  });
  return { orders: [...changed.values()], steps, events, outcomes };
}

function createEvent(
  name: OrderEventName,
  order: OrderProcess,
  record: OrderRecord,
  cause: Cause | undefined,
): OutgoingEvent {
  const { orderId, version } = order;
  const { correlationId, traceparent } = record;
  const eventCause = cause ?? { correlationId, traceparent: traceparent ?? undefined };
  switch (name) {
    case 'order.confirmed':
      return outgoingEvent(latestContract(name), orderId, version, { orderId }, eventCause);
    case 'order.completed':
      return outgoingEvent(
        latestContract(name),
        orderId,
        version,
        { orderId, total: record.total },
        eventCause,
      );
    case 'order.cancelled': {
      const reason = order.cancellation;
      if (reason === null) throw new Error(`order ${orderId} is ${order.status} for no reason`);
      return outgoingEvent(latestContract(name), orderId, version, { orderId, reason }, eventCause);
    }
  }
}
