import type { EventContract, Service } from './event-contract.js';
import { orderCancelled } from './events/order-cancelled.js';
import { orderConfirmed } from './events/order-confirmed.js';
import { orderPlaced } from './events/order-placed.js';
import { paymentAuthorized } from './events/payment-authorized.js';
import { paymentCaptureFailed } from './events/payment-capture-failed.js';
import { paymentCaptured } from './events/payment-captured.js';
import { paymentDeclined } from './events/payment-declined.js';
import { paymentRefundFailed } from './events/payment-refund-failed.js';
import { paymentRefunded } from './events/payment-refunded.js';
import { paymentVoided } from './events/payment-voided.js';
import { productListed } from './events/product-listed.js';
import { stockDeducted } from './events/stock-deducted.js';
import { stockHeld } from './events/stock-held.js';
import { stockRejected } from './events/stock-rejected.js';
import { stockReleased } from './events/stock-released.js';
import { stockRestocked } from './events/stock-restocked.js';

/** Which events a consumer of a service hears. Queues, bindings and permissions are derived from it. */
export interface Subscription<Contract extends EventContract = EventContract> {
  /** `<service>.<purpose>`: the first part of the names of its queues, and its name in the inbox. */
  readonly consumer: `${Service}.${string}`;
  readonly service: Service;
  readonly events: readonly Contract[];
}

/** The events a subscription hears: a union of their contracts. */
export type SubscribedEvent<S extends Subscription> = S['events'][number];

function defineSubscription<const Contract extends EventContract>(
  service: Service,
  purpose: string,
  events: readonly Contract[],
): Subscription<Contract> {
  return Object.freeze({ consumer: `${service}.${purpose}` as const, service, events });
}

/** 库存订阅订单处理队列: inventory holds, deducts and gives back what orders ask for. */
export const inventoryOrderProcessing = defineSubscription('inventory', 'order-processing', [
  orderPlaced,
  orderConfirmed,
  orderCancelled,
  productListed,
]);

/** 支付订阅订单处理队列: payment authorizes, captures and gives back what orders cost. */
export const paymentOrderProcessing = defineSubscription('payment', 'order-processing', [
  orderPlaced,
  orderConfirmed,
  orderCancelled,
]);

/** 订单听取处理结果: the order service hears what came of it on both sides. */
export const orderProcessingResults = defineSubscription('order', 'processing-results', [
  stockHeld,
  stockRejected,
  stockDeducted,
  stockReleased,
  stockRestocked,
  paymentAuthorized,
  paymentDeclined,
  paymentCaptured,
  paymentCaptureFailed,
  paymentVoided,
  paymentRefunded,
  paymentRefundFailed,
]);

/** Every subscription there is. */
export const subscriptions: readonly Subscription[] = [
  inventoryOrderProcessing,
  paymentOrderProcessing,
  orderProcessingResults,
];

/** Those of one service. */
export function subscriptionsForService(service: Service): readonly Subscription[] {
  return subscriptions.filter((subscription) => subscription.service === service);
}
