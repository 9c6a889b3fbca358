import type { EventContract, Service } from './event-contract.js';
import { customerErased } from './events/customer-erased.js';
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

/** The events that one consumer of a service receives. Queues, bindings and permissions are derived from it. */
export interface Subscription<Contract extends EventContract = EventContract> {
  /** `<service>.<purpose>`: the prefix of its queue names, and its name in the inbox. It cannot be renamed. */
  readonly consumer: `${Service}.${string}`;
  readonly service: Service;
  readonly events: readonly Contract[];
}

/** The union of the contracts of a subscription. */
export type SubscribedEvent<S extends Subscription> = S['events'][number];

function defineSubscription<const Contract extends EventContract>(
  service: Service,
  purpose: string,
  events: readonly Contract[],
): Subscription<Contract> {
  return Object.freeze({ consumer: `${service}.${purpose}` as const, service, events });
}

/** 库存服务订阅订单事件: inventory holds, deducts, releases and restocks the goods of orders. */
export const inventoryOrderProcessing = defineSubscription('inventory', 'order-processing', [
  orderPlaced,
  orderConfirmed,
  orderCancelled,
  productListed,
  customerErased,
]);

/** 支付服务订阅订单事件: payment authorizes, captures, voids and refunds the totals of orders. */
export const paymentOrderProcessing = defineSubscription('payment', 'order-processing', [
  orderPlaced,
  orderConfirmed,
  orderCancelled,
  customerErased,
]);

/** 订单服务订阅处理结果: the order service receives the results of inventory and payment. */
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

/** Every subscription. */
export const subscriptions: readonly Subscription[] = [
  inventoryOrderProcessing,
  paymentOrderProcessing,
  orderProcessingResults,
];

/** The subscriptions of one service. */
export function subscriptionsForService(service: Service): readonly Subscription[] {
  return subscriptions.filter((subscription) => subscription.service === service);
}
