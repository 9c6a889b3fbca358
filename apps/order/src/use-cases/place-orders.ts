import { createHash } from 'node:crypto';
import { orderPlaced } from '#contracts';
import type { Transaction } from '#database';
import { newId } from '#observability';
import { outgoingEvent, type OutgoingEvent } from '#messaging';
import type { Outbox } from '#outbox';
import { placeOrder } from '../domain/order-process.js';
import { priceOrder, type PricingRefusal, type RequestedLine } from '../domain/pricing.js';
import { claimKeys, findKeyRecords, releaseKeys, type KeyRecord } from '../persistence/idempotency-keys.js';
import { type AcceptedOrder, findAccepted } from '../persistence/order-views.js';
import { addOrders, addTransitions, type NewOrder, readOrderTimes } from '../persistence/orders.js';
import { findCurrentPrices } from '../persistence/products.js';

/** A request of a customer to place an order. */
export interface OrderRequest {
  readonly customerId: string;
  readonly lines: readonly RequestedLine[];
  readonly paymentToken: string;
  /** Chosen by the client; the same for every attempt. */
  readonly idempotencyKey: string;
  readonly correlationId: string;
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
}

export type PlaceOrderResult =
  /** Accepted now or by an earlier attempt with the same key; the response is the same. */
  | { readonly outcome: 'accepted'; readonly order: AcceptedOrder }
  | { readonly outcome: 'refused'; readonly refusal: PricingRefusal }
  /** The key was used for another request. */
  | { readonly outcome: 'key_reused' }
  /** The outbox takes no new order; the key stays unused. An earlier order of the key is still `accepted`. */
  | { readonly outcome: 'outbox_full' };

const OUTBOX_FULL = { outcome: 'outbox_full' } as const;

interface PlacedOrder extends NewOrder {
  readonly paymentToken: string;
}

/**
 * Places the orders of a batch, and finds the earlier result of each used key. One result per request, in order. Two
 * requests of a batch must not have the same customer and key.
 */
export async function placeOrders(
  tx: Transaction,
  outbox: Outbox,
  requests: readonly OrderRequest[],
  deadlineMs: number,
): Promise<PlaceOrderResult[]> {
  const skus = new Set(requests.flatMap(({ lines }) => lines.map(({ sku }) => sku)));
  const keys = requests.map((request) => toKeyRecord(request, newId()));
  const [times, prices, claimed] = await Promise.all([
    readOrderTimes(tx, deadlineMs),
    findCurrentPrices(tx, [...skus]),
    claimKeys(tx, keys),
  ]);
  const earlier = await findEarlierRequests(
    tx,
    keys.filter(({ orderId }) => !claimed.has(orderId)),
  );

  const orders: PlacedOrder[] = [];
  const refusedKeys: KeyRecord[] = [];
  const results = requests.map((request, index): PlaceOrderResult => {
    const key = keys[index]!;
    // A claimed key returns the new order id; the id of a key that was used before is not in `claimed`.
    if (!claimed.has(key.orderId)) return earlierResult(earlier.get(composeKey(request)), key);
    const pricing = outbox.isFull ? OUTBOX_FULL : priceOrder(request.lines, prices);
    if (pricing.outcome !== 'priced') {
      refusedKeys.push(key);
      return pricing;
    }
    orders.push({ ...request, ...pricing, process: placeOrder(key.orderId) });
    return { outcome: 'accepted', order: { id: key.orderId, total: pricing.total, ...times } };
  });
  const { deadlineAt } = times;
  // Not awaited: COMMIT is sent directly behind these statements.
  tx.sendWithCommit(
    storeOrders(tx, outbox, orders, { deadlineMs, deadlineAt }),
    releaseKeys(tx, refusedKeys),
  );
  return results;
}

async function storeOrders(
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
  const { process, customerId, lines, total, paymentToken, correlationId, traceparent, tracestate } = order;
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
    { correlationId, traceparent, tracestate },
  );
}

/** The earlier request of a key, and its order. */
type EarlierRequest = KeyRecord & { readonly order: AcceptedOrder | undefined };

/** The earlier requests of these keys, by composed key. */
async function findEarlierRequests(
  tx: Transaction,
  used: readonly KeyRecord[],
): Promise<Map<string, EarlierRequest>> {
  if (used.length === 0) return new Map();
  const records = await findKeyRecords(tx, used);
  const accepted = await findAccepted(
    tx,
    records.map(({ orderId }) => orderId),
  );
  return new Map(
    records.map((record) => [
      composeKey({ customerId: record.customerId, idempotencyKey: record.key }),
      { ...record, order: accepted.get(record.orderId) },
    ]),
  );
}

function earlierResult(earlier: EarlierRequest | undefined, { requestHash }: KeyRecord): PlaceOrderResult {
  if (!earlier) throw new Error('an idempotency key was neither claimed nor found');
  return earlier.order && earlier.requestHash === requestHash
    ? { outcome: 'accepted', order: earlier.order }
    : { outcome: 'key_reused' };
}

function toKeyRecord(request: OrderRequest, orderId: string): KeyRecord {
  const { customerId, idempotencyKey } = request;
  return { customerId, key: idempotencyKey, requestHash: hashRequest(request), orderId };
}

/** Customer and key as one text: keys of two customers are two keys. */
export function composeKey({
  customerId,
  idempotencyKey,
}: Pick<OrderRequest, 'customerId' | 'idempotencyKey'>): string {
  return JSON.stringify([customerId, idempotencyKey]);
}

/** Hashes the parsed request: white space and the order of members do not change the hash. */
function hashRequest({ customerId, lines, paymentToken }: OrderRequest): string {
  const canonicalRequest = [customerId, lines.map(({ sku, quantity }) => [sku, quantity]), paymentToken];
  return createHash('sha256').update(JSON.stringify(canonicalRequest)).digest('base64url');
}
