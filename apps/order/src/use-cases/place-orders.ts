import { createHash } from 'node:crypto';
import { orderPlaced } from '#contracts';
import type { Transaction } from '#database';
import { newId } from '#observability';
import { outgoingEvent, type OutgoingEvent } from '#messaging';
import type { Outbox } from '#outbox';
import { placeOrder } from '../domain/order-process.js';
import { priceOrder, type PricingRefusal, type WantedLine } from '../domain/pricing.js';
import { claimKeys, findKeyUses, giveKeysBack, type KeyUse } from '../persistence/idempotency-keys.js';
import { type AcceptedOrder, findAccepted } from '../persistence/order-views.js';
import { addOrders, addTransitions, type NewOrder, orderTimes } from '../persistence/orders.js';
import { currentPrices } from '../persistence/products.js';

/** A customer's wish to order. */
export interface PlaceOrder {
  readonly customerId: string;
  readonly lines: readonly WantedLine[];
  readonly paymentToken: string;
  /** Chosen by the client, the same for every try. */
  readonly idempotencyKey: string;
  readonly correlationId: string;
  readonly traceparent: string;
}

export type Placed =
  /** Accepted, now or by an earlier try with the same key: the client cannot tell, and need not. */
  | { readonly outcome: 'accepted'; readonly order: AcceptedOrder }
  | { readonly outcome: 'refused'; readonly refusal: PricingRefusal }
  /** The key belongs to another request. */
  | { readonly outcome: 'key_reused' };

interface PlacedOrder extends NewOrder {
  readonly paymentToken: string;
}

/**
 * Places all orders of a batch, or, where a key was used before, finds what came of it. One result per wish, in order.
 * No two wishes of one batch may have the same customer and key.
 */
export async function placeOrders(
  tx: Transaction,
  outbox: Outbox,
  wishes: readonly PlaceOrder[],
  deadlineMs: number,
): Promise<Placed[]> {
  const skus = new Set(wishes.flatMap(({ lines }) => lines.map(({ sku }) => sku)));
  const uses = wishes.map((wish) => keyUseOf(wish, newId()));
  const [times, prices, claimed] = await Promise.all([
    orderTimes(tx, deadlineMs),
    currentPrices(tx, [...skus]),
    claimKeys(tx, uses),
  ]);
  const earlier = await earlierUses(
    tx,
    uses.filter(({ orderId }) => !claimed.has(orderId)),
  );

  const orders: PlacedOrder[] = [];
  const unneeded: KeyUse[] = [];
  const placed = wishes.map((wish, index): Placed => {
    const use = uses[index]!;
    if (!claimed.has(use.orderId)) return earlierOutcome(earlier.get(keyOf(wish)), use);
    const pricing = priceOrder(wish.lines, prices);
    if (pricing.outcome === 'refused') {
      unneeded.push(use);
      return pricing;
    }
    orders.push({ ...wish, ...pricing, process: placeOrder(use.orderId) });
    return { outcome: 'accepted', order: { id: use.orderId, total: pricing.total, ...times } };
  });
  const { deadlineAt } = times;
  tx.lastly(store(tx, outbox, orders, { deadlineMs, deadlineAt }), giveKeysBack(tx, unneeded));
  return placed;
}

async function store(
  tx: Transaction,
  outbox: Outbox,
  orders: readonly PlacedOrder[],
  { deadlineMs, deadlineAt }: { readonly deadlineMs: number; readonly deadlineAt: Date },
): Promise<void> {
  if (orders.length === 0) return;
  const steps = orders.map(({ process }) => ({
    before: undefined,
    after: process,
    trigger: 'placed',
    messageId: undefined,
  }));
  await Promise.all([
    addOrders(tx, orders, deadlineMs),
    addTransitions(tx, steps),
    outbox.add(
      tx,
      orders.map((order) => placedEvent(order, deadlineAt)),
    ),
  ]);
}

function placedEvent(order: PlacedOrder, deadlineAt: Date): OutgoingEvent {
  const { process, customerId, lines, total, paymentToken, correlationId, traceparent } = order;
  return outgoingEvent(
    orderPlaced,
    process.orderId,
    process.version,
    {
      orderId: process.orderId,
      customerId,
      lines,
      total,
      paymentToken,
      deadlineAt: deadlineAt.toISOString(),
    },
    { correlationId, traceparent },
  );
}

/** What a key was used for before, and what came of it. */
type EarlierUse = KeyUse & { readonly order: AcceptedOrder | undefined };

/** What came of the earlier tries with these keys. */
async function earlierUses(tx: Transaction, taken: readonly KeyUse[]): Promise<Map<string, EarlierUse>> {
  if (taken.length === 0) return new Map();
  const uses = await findKeyUses(tx, taken);
  const accepted = await findAccepted(
    tx,
    uses.map(({ orderId }) => orderId),
  );
  return new Map(
    uses.map((use) => [
      keyOf({ customerId: use.customerId, idempotencyKey: use.key }),
      { ...use, order: accepted.get(use.orderId) },
    ]),
  );
}

function earlierOutcome(earlier: EarlierUse | undefined, { requestHash }: KeyUse): Placed {
  if (!earlier) throw new Error('an idempotency key was neither taken nor found');
  return earlier.order && earlier.requestHash === requestHash
    ? { outcome: 'accepted', order: earlier.order }
    : { outcome: 'key_reused' };
}

function keyUseOf(wish: PlaceOrder, orderId: string): KeyUse {
  const { customerId, idempotencyKey } = wish;
  return { customerId, key: idempotencyKey, requestHash: hashOf(wish), orderId };
}

/** What makes two requests the same key: the customer and the key. */
export function keyOf({
  customerId,
  idempotencyKey,
}: Pick<PlaceOrder, 'customerId' | 'idempotencyKey'>): string {
  return JSON.stringify([customerId, idempotencyKey]);
}

/** Of what was understood, not of the bytes: spaces and the order of members do not make another request. */
function hashOf({ customerId, lines, paymentToken }: PlaceOrder): string {
  const meaning = [customerId, lines.map(({ sku, quantity }) => [sku, quantity]), paymentToken];
  return createHash('sha256').update(JSON.stringify(meaning)).digest('base64url');
}
