import {
  respondToCall,
  createDeliveries,
  deliver,
  deliverResponse,
  messageId,
  retryRefund,
  settleRefund,
  trigger,
  type Delivery,
  type ShopModel,
} from './shop-model.js';

/** A shop with one order, and the ids of the deliveries made at least once. */
export interface ModelState {
  readonly shop: ShopModel;
  readonly delivered: ReadonlySet<string>;
}

export interface Exploration {
  /** Every reachable state, the start included. */
  readonly states: readonly ModelState[];
  /** Every step between two different states. */
  readonly steps: readonly (readonly [before: ModelState, after: ModelState])[];
}

/** Refused refunds and their retries could repeat for ever; three attempts reach every kind of state. */
const refundAttemptsMax = 3;

/**
 * Visits every reachable state of an order. A published message is delivered to each of its consumers at any later
 * time, any number of times and in any order; no inbox drops repetitions. The gateway approves or refuses each call, and
 * responses arrive in the same way. The customer cancels and the deadline passes at any time. The number of states is
 * finite.
 */
export function explore(start: ShopModel, orderId: string): Exploration {
  const first: ModelState = { shop: start, delivered: new Set() };
  const states = new Map([[stateKey(first), first]]);
  const steps: [ModelState, ModelState][] = [];
  for (const [key, state] of states) {
    for (const next of successors(state, orderId)) {
      const nextKey = stateKey(next);
      if (nextKey !== key) steps.push([state, next]);
      if (!states.has(nextKey)) states.set(nextKey, next);
    }
  }
  return { states: [...states.values()], steps };
}

/** Every delivery of every published message. */
export function listDeliveries({ published }: ShopModel): readonly Delivery[] {
  return published.flatMap(createDeliveries);
}

/** Whether every message and every response was delivered at least once. */
export function isIdle({ shop, delivered }: ModelState): boolean {
  const due = [...listDeliveries(shop).map(({ id }) => id), ...Object.keys(shop.calls)];
  return due.every((id) => delivered.has(id));
}

function successors({ shop, delivered }: ModelState, orderId: string): ModelState[] {
  const states: ModelState[] = [
    { shop: trigger(shop, orderId, { kind: 'customer_cancelled' }), delivered },
    { shop: trigger(shop, orderId, { kind: 'deadline_passed' }), delivered },
  ];
  for (const delivery of listDeliveries(shop)) {
    states.push({ shop: deliver(shop, delivery), delivered: new Set(delivered).add(delivery.id) });
  }
  for (const call of Object.values(shop.calls)) {
    const key = call.idempotencyKey;
    if (call.response === null) {
      states.push({ shop: respondToCall(shop, key, 'approved'), delivered });
      states.push({ shop: respondToCall(shop, key, 'refused'), delivered });
    } else {
      states.push({ shop: deliverResponse(shop, call), delivered: new Set(delivered).add(key) });
    }
  }
  const payment = shop.payments[orderId];
  // A refund settled outside has the same successors after any attempt: one is explored.
  if (payment?.status === 'refund_failed') {
    const next = payment.refundAttempts < refundAttemptsMax ? retryRefund : settleRefund;
    states.push({ shop: next(shop, orderId), delivered });
  }
  return states;
}

/** Two states with the same key are the same state, reached by different steps. */
function stateKey({ shop, delivered }: ModelState): string {
  const { published, applied, calls, ...aggregates } = shop;
  const responses = Object.values(calls).map(
    ({ idempotencyKey, response }) => `${idempotencyKey} ${response}`,
  );
  const effects = Object.entries(applied).map(([stream, sequence]) => `${stream} ${sequence}`);
  const sets = [published.map(messageId), responses, effects, [...delivered]].map((set) => set.sort());
  return JSON.stringify([aggregates, sets]);
}
