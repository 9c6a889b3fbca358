import {
  respondToCall,
  createDeliveries,
  deliver,
  deliverResponse,
  messageId,
  retryRefund,
  trigger,
  type Delivery,
  type ShopModel,
} from './shop-model.js';

/** A shop with one order, and which deliveries have been made at least once. */
export interface ModelState {
  readonly shop: ShopModel;
  readonly delivered: ReadonlySet<string>;
}

export interface Exploration {
  readonly states: readonly ModelState[];
  /** Every step that leads from one world to another. */
  readonly steps: readonly (readonly [before: ModelState, after: ModelState])[];
}

/** A gateway could refuse refunds for ever, and an operator begin them again; three show all there is to see. */
const refundAttemptsMax = 3;

/**
 * All that can ever happen to an order. Every message that was published comes to each of its consumers at any later
 * moment, any number of times, in any order, and no inbox holds back the repetitions; the gateway approves or refuses
 * each call, and its answers come as the messages do; the customer cancels and the deadline passes at every moment
 * there is. That makes a finite number of worlds: all of them are visited.
 */
export function explore(start: ShopModel, orderId: string): Exploration {
  const first: ModelState = { shop: start, delivered: new Set() };
  const worlds = new Map([[stateKey(first), first]]);
  const steps: [ModelState, ModelState][] = [];
  for (const [key, world] of worlds) {
    for (const next of successors(world, orderId)) {
      const nextKey = stateKey(next);
      if (nextKey !== key) steps.push([world, next]);
      if (!worlds.has(nextKey)) worlds.set(nextKey, next);
    }
  }
  return { states: [...worlds.values()], steps };
}

export function listDeliveries({ published }: ShopModel): readonly Delivery[] {
  return published.flatMap(createDeliveries);
}

/** All that was sent has come at least once. */
export function isIdle({ shop, delivered }: ModelState): boolean {
  const due = [...listDeliveries(shop).map(({ id }) => id), ...Object.keys(shop.calls)];
  return due.every((id) => delivered.has(id));
}

function successors({ shop, delivered }: ModelState, orderId: string): ModelState[] {
  const worlds: ModelState[] = [
    { shop: trigger(shop, orderId, { kind: 'customer_cancelled' }), delivered },
    { shop: trigger(shop, orderId, { kind: 'deadline_passed' }), delivered },
  ];
  for (const delivery of listDeliveries(shop)) {
    worlds.push({ shop: deliver(shop, delivery), delivered: new Set(delivered).add(delivery.id) });
  }
  for (const call of Object.values(shop.calls)) {
    const key = call.idempotencyKey;
    if (call.response === null) {
      worlds.push({ shop: respondToCall(shop, key, 'approved'), delivered });
      worlds.push({ shop: respondToCall(shop, key, 'refused'), delivered });
    } else {
      worlds.push({ shop: deliverResponse(shop, call), delivered: new Set(delivered).add(key) });
    }
  }
  const payment = shop.payments[orderId];
  if (payment?.status === 'refund_failed' && payment.refundAttempts < refundAttemptsMax) {
    worlds.push({ shop: retryRefund(shop, orderId), delivered });
  }
  return worlds;
}

/** Two worlds with one key are the same world, whichever way one came there. */
function stateKey({ shop, delivered }: ModelState): string {
  const { published, applied, calls, ...aggregates } = shop;
  const responses = Object.values(calls).map(
    ({ idempotencyKey, response }) => `${idempotencyKey} ${response}`,
  );
  const effects = Object.entries(applied).map(([stream, sequence]) => `${stream} ${sequence}`);
  const sets = [published.map(messageId), responses, effects, [...delivered]].map((set) => set.sort());
  return JSON.stringify([aggregates, sets]);
}
