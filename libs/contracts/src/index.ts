export {
  type EventContract,
  type EventData,
  toJsonSchema,
  type JsonSchema,
  type Service,
  services,
} from './event-contract.js';
export { type AnyEventContract, latestContract, eventContracts, type EventName } from './event-contracts.js';
export { digestCustomer } from './customer-digest.js';
export { customerErased, type CustomerErased } from './events/customer-erased.js';
export { orderPlaced, type OrderPlaced } from './events/order-placed.js';
export { orderConfirmed, type OrderConfirmed } from './events/order-confirmed.js';
export { orderCancelled, type OrderCancelled } from './events/order-cancelled.js';
export { orderCompleted, type OrderCompleted } from './events/order-completed.js';
export { productListed, type ProductListed } from './events/product-listed.js';
export { stockHeld, type StockHeld } from './events/stock-held.js';
export { stockRejected, type StockRejected } from './events/stock-rejected.js';
export { stockDeducted, type StockDeducted } from './events/stock-deducted.js';
export { stockReleased, type StockReleased } from './events/stock-released.js';
export { stockRestocked, type StockRestocked } from './events/stock-restocked.js';
export { paymentAuthorized, type PaymentAuthorized } from './events/payment-authorized.js';
export { paymentDeclined, type PaymentDeclined } from './events/payment-declined.js';
export { paymentCaptured, type PaymentCaptured } from './events/payment-captured.js';
export { paymentCaptureFailed, type PaymentCaptureFailed } from './events/payment-capture-failed.js';
export { paymentVoided, type PaymentVoided } from './events/payment-voided.js';
export { paymentRefunded, type PaymentRefunded } from './events/payment-refunded.js';
export { paymentRefundFailed, type PaymentRefundFailed } from './events/payment-refund-failed.js';
export {
  type SubscribedEvent,
  inventoryOrderProcessing,
  orderProcessingResults,
  paymentOrderProcessing,
  type Subscription,
  subscriptions,
  subscriptionsForService,
} from './subscriptions.js';
export {
  amount,
  amountMax,
  cancellationReason,
  currency,
  customerId,
  gatewayReason,
  gatewayReference,
  instant,
  linesMax,
  money,
  orderId,
  orderLine,
  ordersErasedMax,
  paymentToken,
  priceVersion,
  productName,
  quantity,
  quantityMax,
  shortage,
  sku,
  stockLine,
} from './values.js';
