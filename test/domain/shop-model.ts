/**
 * The three services as a model: their real decisions and contracts, with functions that deliver messages and call a
 * gateway. The model has no queue: its caller chooses which consumer receives which message, and how often. Every value is
 * plain and immutable, so a test can compare two shops and return to an earlier one.
 */
import { type AnyEventContract, type EventData, type OrderPlaced, subscriptions } from '#contracts';
import * as inventory from '../../apps/inventory/src/domain/stock.js';
import type { StockLevel } from '../../apps/inventory/src/domain/stock-level.js';
import * as order from '../../apps/order/src/domain/order-process.js';
import {
  orderTransitions,
  type PaymentReport,
  type StockReport,
} from '../../apps/order/src/domain/order-table.js';
import * as payment from '../../apps/payment/src/domain/payment.js';
import { settleOutside } from '../../apps/payment/src/domain/settle-outside.js';
import { paymentTransitions } from '../../apps/payment/src/domain/payment-table.js';

type MessageFor<Contract extends AnyEventContract> = Contract extends AnyEventContract
  ? { readonly name: Contract['name']; readonly data: EventData<Contract>; readonly sequence: number }
  : never;

/** Every message about an order, with the data of its contract. */
export type Message = MessageFor<
  Exclude<AnyEventContract, { name: 'product.listed' } | { name: 'customer.erased' }>
>;

type OrderMessage = Extract<
  Message,
  { name: 'order.placed' } | { name: 'order.confirmed' } | { name: 'order.cancelled' }
>;
type ReportMessage = Exclude<Message, { name: `order.${string}` }>;

export type PlacedOrder = EventData<OrderPlaced>;

/** The gateway's record of one idempotency key; `response` is null until the gateway has handled the call. */
export interface Call extends payment.GatewayRequest {
  readonly orderId: string;
  readonly amount: number;
  readonly response: payment.GatewayResponse['outcome'] | null;
}

type PerId<T> = Readonly<Record<string, T>>;

export interface ShopModel {
  readonly placed: PerId<PlacedOrder>;
  readonly orders: PerId<order.OrderProcess>;
  readonly stock: PerId<StockLevel>;
  readonly reservations: PerId<inventory.Reservation>;
  readonly payments: PerId<payment.Payment>;
  readonly published: readonly Message[];
  readonly calls: PerId<Call>;
  /** The newest applied sequence, per consumer, source and order (Q6). */
  readonly applied: PerId<number>;
}

/** A shop without orders, with the given available units per SKU. */
export function createShop(stock: Readonly<Record<string, number>>): ShopModel {
  const levels = Object.entries(stock).map(([sku, units]): StockLevel => {
    return { sku, received: units, available: units, held: 0, deducted: 0 };
  });
  return {
    placed: {},
    orders: {},
    stock: Object.fromEntries(levels.map((level) => [level.sku, level])),
    reservations: {},
    payments: {},
    published: [],
    calls: {},
    applied: {},
  };
}

/** One message for one of the consumers that subscribe to it. */
export interface Delivery {
  readonly id: string;
  readonly consumer: string;
  readonly message: Message;
}

export function createDeliveries(message: Message): readonly Delivery[] {
  return subscriptions
    .filter(({ events }) => events.some(({ name }) => name === message.name))
    .map(({ consumer }) => ({ id: `${messageId(message)} to ${consumer}`, consumer, message }));
}

export function messageId({ name, data, sequence }: Message): string {
  return `${data.orderId} ${name} ${sequence}`;
}

export function placeOrder(shop: ShopModel, data: PlacedOrder): ShopModel {
  const { orderId } = data;
  const placed = order.placeOrder(orderId);
  assertTransition(orderTransitions, undefined, placed);
  return publish(
    {
      ...shop,
      placed: { ...shop.placed, [orderId]: data },
      orders: { ...shop.orders, [orderId]: placed },
    },
    { name: 'order.placed', data, sequence: placed.version },
  );
}

/** The shop after a consumer has handled a message, for the first time or again. */
export function deliver(shop: ShopModel, { consumer, message }: Delivery): ShopModel {
  const next = dispatch(shop, consumer, message);
  return next === shop ? shop : { ...next, applied: recordApplied(next, consumer, message) };
}

function dispatch(shop: ShopModel, consumer: string, message: Message): ShopModel {
  switch (consumer) {
    case 'inventory.order-processing':
      return deliverToInventory(shop, message as OrderMessage);
    case 'payment.order-processing':
      return deliverToPayment(shop, message as OrderMessage);
    case 'order.processing-results':
      return trigger(shop, message.data.orderId, toTrigger(message as ReportMessage));
    default:
      throw new Error(`the model has no consumer ${consumer}`);
  }
}

/** The shop after a trigger of the order process: a report, the customer's cancellation, or the deadline. */
export function trigger(shop: ShopModel, orderId: string, cause: order.Trigger): ShopModel {
  const before = required(shop.orders[orderId]);
  const decision = order.decide(before, cause);
  if (decision.outcome !== 'done') return shop;
  const after = decision.order;
  assertTransition(orderTransitions, before, after);
  const next = { ...shop, orders: { ...shop.orders, [orderId]: after } };
  const sequence = after.version;
  switch (decision.eventName) {
    case 'order.confirmed':
      return publish(next, { name: 'order.confirmed', data: { orderId }, sequence });
    case 'order.cancelled': {
      const data = { orderId, reason: required(after.cancellation) };
      return publish(next, { name: 'order.cancelled', data, sequence });
    }
    case 'order.completed': {
      const data = { orderId, total: required(shop.placed[orderId]).total };
      return publish(next, { name: 'order.completed', data, sequence });
    }
    case null:
      return next;
  }
}

function toTrigger({ name, sequence }: ReportMessage): order.Trigger {
  const [side, report] = name.split('.');
  return side === 'stock'
    ? { kind: 'stock_reported', report: report as StockReport, sequence }
    : { kind: 'payment_reported', report: report as PaymentReport, sequence };
}

function deliverToInventory(shop: ShopModel, message: OrderMessage): ShopModel {
  const { orderId } = message.data;
  const before = shop.reservations[orderId];
  const needed = inventory.requiredSkus(before, message);
  const levels = new Map(needed.flatMap((sku) => (shop.stock[sku] ? [[sku, shop.stock[sku]]] : [])));
  const decision = inventory.decide(levels, before, message);
  if (decision.outcome !== 'done') return shop;
  assertTransition(inventory.reservationTransitions, before, decision.reservation);
  const changed = Object.fromEntries(decision.stock.map((level) => [level.sku, level]));
  return publish(
    {
      ...shop,
      stock: { ...shop.stock, ...changed },
      reservations: { ...shop.reservations, [orderId]: decision.reservation },
    },
    { ...decision.event, sequence: decision.reservation.version },
  );
}

function deliverToPayment(shop: ShopModel, message: OrderMessage): ShopModel {
  const { orderId } = message.data;
  return afterPayment(shop, orderId, payment.decideOnOrder(shop.payments[orderId], message));
}

/** The gateway responds to a call. It would give every repetition under the same key the same response. */
export function respondToCall(shop: ShopModel, key: string, response: 'approved' | 'refused'): ShopModel {
  return { ...shop, calls: { ...shop.calls, [key]: { ...required(shop.calls[key]), response } } };
}

/** Payment receives the response to a call, for the first time or again. */
export function deliverResponse(
  shop: ShopModel,
  { orderId, operation, idempotencyKey, response }: Call,
): ShopModel {
  const paid = required(shop.payments[orderId]);
  const intent = { operation, idempotencyKey };
  switch (response) {
    case 'approved': {
      const reference = `${operation}_${orderId}`;
      return afterPayment(
        shop,
        orderId,
        payment.decideOnResponse(paid, { ...intent, outcome: response, reference }),
      );
    }
    case 'refused': {
      const reason = `${operation}_refused`;
      return afterPayment(
        shop,
        orderId,
        payment.decideOnResponse(paid, { ...intent, outcome: response, reason }),
      );
    }
    case null:
      throw new Error(`the gateway has not responded to ${idempotencyKey}`);
  }
}

/** An operator retries a failed refund. */
export function retryRefund(shop: ShopModel, orderId: string): ShopModel {
  return afterPayment(shop, orderId, payment.retryRefund(required(shop.payments[orderId])));
}

/** An operator records that a failed refund was paid outside. */
export function settleRefund(shop: ShopModel, orderId: string): ShopModel {
  const settlement = { reference: `bank_${orderId}` };
  return afterPayment(shop, orderId, settleOutside(required(shop.payments[orderId]), settlement));
}

function afterPayment(shop: ShopModel, orderId: string, decision: payment.Decision): ShopModel {
  if (decision.outcome !== 'done') return shop;
  const { payment: after, event, intent } = decision;
  assertTransition(paymentTransitions, shop.payments[orderId], after);
  let next: ShopModel = { ...shop, payments: { ...shop.payments, [orderId]: after } };
  if (event) next = publish(next, { ...event, sequence: after.version });
  if (intent) next = callGateway(next, after, intent);
  return next;
}

function callGateway(
  shop: ShopModel,
  { orderId, money }: payment.Payment,
  intent: payment.GatewayRequest,
): ShopModel {
  const { idempotencyKey } = intent;
  if (shop.calls[idempotencyKey]) throw new Error(`a second intent has the key ${idempotencyKey}`);
  const call: Call = { ...intent, orderId, amount: required(money).amount, response: null };
  return { ...shop, calls: { ...shop.calls, [idempotencyKey]: call } };
}

function publish(shop: ShopModel, message: Message): ShopModel {
  const id = messageId(message);
  if (shop.published.some((other) => messageId(other) === id))
    throw new Error(`a second message has the id ${id}`);
  return { ...shop, published: [...shop.published, message] };
}

interface Versioned<Status> {
  readonly status: Status;
  readonly version: number;
}

/** S6: every recorded transition is allowed, and versions increase by one. */
function assertTransition<Status>(
  allowed: readonly (readonly [from: Status | null, to: Status])[],
  before: Versioned<Status> | undefined,
  after: Versioned<Status>,
): void {
  const isAllowed = allowed.some(([from, to]) => from === (before?.status ?? null) && to === after.status);
  const isNext = after.version === (before?.version ?? 0) + 1;
  if (!isAllowed || !isNext) {
    throw new Error(`S6: ${JSON.stringify(before)} became ${JSON.stringify(after)}`);
  }
}

/** Q6: per consumer, source and order, a sequence is applied only above the newest applied one. */
function recordApplied({ applied }: ShopModel, consumer: string, message: Message): PerId<number> {
  const [source] = message.name.split('.');
  const stream = `${source} to ${consumer} about ${message.data.orderId}`;
  if ((applied[stream] ?? 0) >= message.sequence) throw new Error(`Q6: ${messageId(message)} to ${consumer}`);
  return { ...applied, [stream]: message.sequence };
}

function required<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('the model has no such value');
  return value;
}
