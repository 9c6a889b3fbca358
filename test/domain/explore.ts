import {
  answerCall,
  deliveriesOf,
  hear,
  hearAnswer,
  idOf,
  retryRefund,
  trigger,
  type Delivery,
  type Shop,
} from './shop.js';

/** A shop with one order, and which deliveries have been made at least once. */
export interface World {
  readonly shop: Shop;
  readonly delivered: ReadonlySet<string>;
}

export interface Exploration {
  readonly worlds: readonly World[];
  /** Every step that leads from one world to another. */
  readonly steps: readonly (readonly [before: World, after: World])[];
}

/** A gateway could refuse refunds for ever, and an operator begin them again; three show all there is to see. */
const refundAttemptsMax = 3;

/**
 * All that can ever happen to an order. Every message that was published comes to each of its consumers at any later
 * moment, any number of times, in any order, and no inbox holds back the repetitions; the gateway approves or refuses
 * each call, and its answers come as the messages do; the customer cancels and the deadline passes at every moment
 * there is. That makes a finite number of worlds: all of them are visited.
 */
export function explore(start: Shop, orderId: string): Exploration {
  const first: World = { shop: start, delivered: new Set() };
  const worlds = new Map([[keyOf(first), first]]);
  const steps: [World, World][] = [];
  for (const [key, world] of worlds) {
    for (const next of nextWorlds(world, orderId)) {
      const nextKey = keyOf(next);
      if (nextKey !== key) steps.push([world, next]);
      if (!worlds.has(nextKey)) worlds.set(nextKey, next);
    }
  }
  return { worlds: [...worlds.values()], steps };
}

export function deliveriesIn({ published }: Shop): readonly Delivery[] {
  return published.flatMap(deliveriesOf);
}

/** All that was sent has come at least once. */
export function isQuiet({ shop, delivered }: World): boolean {
  const due = [...deliveriesIn(shop).map(({ id }) => id), ...Object.keys(shop.calls)];
  return due.every((id) => delivered.has(id));
}

function nextWorlds({ shop, delivered }: World, orderId: string): World[] {
  const worlds: World[] = [
    { shop: trigger(shop, orderId, { kind: 'customer_cancelled' }), delivered },
    { shop: trigger(shop, orderId, { kind: 'deadline_passed' }), delivered },
  ];
  for (const delivery of deliveriesIn(shop)) {
    worlds.push({ shop: hear(shop, delivery), delivered: new Set(delivered).add(delivery.id) });
  }
  for (const call of Object.values(shop.calls)) {
    const key = call.idempotencyKey;
    if (call.answer === null) {
      worlds.push({ shop: answerCall(shop, key, 'approved'), delivered });
      worlds.push({ shop: answerCall(shop, key, 'refused'), delivered });
    } else {
      worlds.push({ shop: hearAnswer(shop, call), delivered: new Set(delivered).add(key) });
    }
  }
  const payment = shop.payments[orderId];
  if (payment?.status === 'refund_failed' && payment.refundAttempts < refundAttemptsMax) {
    worlds.push({ shop: retryRefund(shop, orderId), delivered });
  }
  return worlds;
}

/** Two worlds with one key are the same world, whichever way one came there. */
function keyOf({ shop, delivered }: World): string {
  const { published, applied, calls, ...aggregates } = shop;
  const answers = Object.values(calls).map(({ idempotencyKey, answer }) => `${idempotencyKey} ${answer}`);
  const effects = Object.entries(applied).map(([stream, sequence]) => `${stream} ${sequence}`);
  const sets = [published.map(idOf), answers, effects, [...delivered]].map((set) => set.sort());
  return JSON.stringify([aggregates, sets]);
}
