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
import { endingFor, type OrderEnding } from './order-endings.js';

/** One trigger for one order. */
export interface OrderInput {
  readonly orderId: string;
  readonly trigger: Trigger;
  /** The name of the trigger in the history. */
  readonly name: string;
  /** The message with the trigger; undefined for a customer or the deadline. */
  readonly messageId?: string;
  /** Default: the correlation id and the trace of the order. */
  readonly cause?: Cause;
}

/** The result of a batch: rows to save, events to publish, orders that ended, and one outcome per input, in order. */
export interface AdvancedOrders {
  readonly orders: readonly OrderProcess[];
  readonly steps: readonly OrderStep[];
  readonly events: readonly OutgoingEvent[];
  readonly endings: readonly OrderEnding[];
  readonly outcomes: readonly Decision['outcome'][];
}

/** The input names an order that this service has never accepted: its producer has a bug. */
export class UnknownOrderError extends Error {
  override readonly name = 'UnknownOrderError';
  readonly permanent = true;

  constructor(orderId: string) {
    super(`there is no order ${orderId}`);
  }
}

/**
 * Decides the inputs one after the other, each on the result of the previous ones. The batch reads and writes the database
 * once, and its result equals that of inputs handled one per transaction.
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
  const endings: OrderEnding[] = [];
  const outcomes = inputs.map(({ orderId, trigger, name, messageId, cause }) => {
    const record = records.get(orderId);
    if (!record) throw new UnknownOrderError(orderId);
    const before = changed.get(orderId) ?? record.process;
    const decision = decide(before, trigger);
    if (decision.outcome === 'done') {
      changed.set(orderId, decision.order);
      steps.push({ before, after: decision.order, trigger: name, messageId });
      endings.push(...endingFor(before, decision.order, record.ageSeconds));
      if (decision.eventName) events.push(createEvent(decision.eventName, decision.order, record, cause));
    }
    return decision.outcome;
  });
  return { orders: [...changed.values()], steps, events, endings, outcomes };
}

function createEvent(
  name: OrderEventName,
  order: OrderProcess,
  record: OrderRecord,
  cause: Cause | undefined,
): OutgoingEvent {
  const { orderId, version } = order;
  const { correlationId, traceparent, tracestate } = record;
  const eventCause = cause ?? {
    correlationId,
    traceparent: traceparent ?? undefined,
    tracestate: tracestate ?? undefined,
  };
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
      if (reason === null)
        throw new Error(`order ${orderId} is ${order.status} without a cancellation reason`);
      return outgoingEvent(latestContract(name), orderId, version, { orderId, reason }, eventCause);
    }
  }
}
