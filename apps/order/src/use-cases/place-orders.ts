import { createHash } from 'node:crypto';
import { orderPlaced } from '#contracts';
import type { Transaction } from '#database';
import { newId } from '#ids';
import { outgoingEvent, type OutgoingEvent } from '#messaging';
import type { Outbox } from '#outbox';
import { placeOrder } from '../domain/order-process.js';
import { priceOrder, type PricingRefusal, type WantedLine } from '../domain/pricing.js';
import { claimKeys, findKeyUses, type KeyUse } from '../persistence/idempotency-keys.js';
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

interface Candidate extends NewOrder {
  readonly wish: PlaceOrder;
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
  const [times, prices] = await Promise.all([orderTimes(tx, deadlineMs), currentPrices(tx, [...skus])]);
  const pricings = wishes.map((wish) => priceOrder(wish.lines, prices));
  const candidates = wishes.map((wish, index): Candidate | undefined => {
    const pricing = pricings[index];
    if (pricing?.outcome !== 'priced') return undefined;
    return { ...wish, ...pricing, wish, process: placeOrder(newId()) };
  });

  const uses = candidates.flatMap((candidate) => candidate ?? []).map(keyUseOf);
  const claimed = await claimKeys(tx, uses);
  const orders = candidates.flatMap((candidate) =>
    candidate && claimed.has(candidate.process.orderId) ? candidate : [],
  );
  const accepted = await store(tx, outbox, orders, { ...times, deadlineMs });
  const earlier = await earlierUses(tx, wishes, orders);

  return wishes.map((wish, index): Placed => {
    const order = accepted.get(candidates[index]?.process.orderId ?? '');
    if (order) return { outcome: 'accepted', order };
    const use = earlier.get(keyOf(wish));
    if (use)
      return use.order && use.requestHash === hashOf(wish)
        ? { outcome: 'accepted', order: use.order }
        : { outcome: 'key_reused' };
    const pricing = pricings[index];
    if (pricing?.outcome === 'refused') return pricing;
    throw new Error('an idempotency key was neither taken nor found');
  });
}

async function store(
  tx: Transaction,
  outbox: Outbox,
  orders: readonly Candidate[],
  {
    deadlineMs,
    ...times
  }: { readonly deadlineMs: number; readonly placedAt: Date; readonly deadlineAt: Date },
): Promise<Map<string, AcceptedOrder>> {
  if (orders.length === 0) return new Map();
  const accepted = orders.map(({ process, total }) => ({ id: process.orderId, total, ...times }));
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
      accepted.map((order, index) => placedEvent(orders[index] as Candidate, order)),
    ),
  ]);
  return new Map(accepted.map((order) => [order.id, order]));
}

function placedEvent(
  { wish, process, lines, total }: Candidate,
  { deadlineAt }: AcceptedOrder,
): OutgoingEvent {
  const { correlationId, traceparent } = wish;
  return outgoingEvent(
    orderPlaced,
    process.orderId,
    process.version,
    {
      orderId: process.orderId,
      customerId: wish.customerId,
      lines,
      total,
      paymentToken: wish.paymentToken,
      deadlineAt: deadlineAt.toISOString(),
    },
    { correlationId, traceparent },
  );
}

/** What came of earlier tries, for the wishes that made no order now. */
async function earlierUses(
  tx: Transaction,
  wishes: readonly PlaceOrder[],
  orders: readonly Candidate[],
): Promise<Map<string, KeyUse & { readonly order: AcceptedOrder | undefined }>> {
  const placed = new Set(orders.map(({ wish }) => wish));
  const others = wishes.filter((wish) => !placed.has(wish));
  if (others.length === 0) return new Map();
  const uses = await findKeyUses(
    tx,
    others.map(({ customerId, idempotencyKey: key }) => ({ customerId, key })),
  );
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

function keyUseOf({ wish, process }: Candidate): KeyUse {
  const { customerId, idempotencyKey } = wish;
  return { customerId, key: idempotencyKey, requestHash: hashOf(wish), orderId: process.orderId };
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
