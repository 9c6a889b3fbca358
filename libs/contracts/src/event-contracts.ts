import { customerErased } from './events/customer-erased.js';
import { orderCancelled } from './events/order-cancelled.js';
import { orderCompleted } from './events/order-completed.js';
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

/** Every event, in every version that queues or dead letters may still contain. */
const contracts = [
  orderPlaced,
  orderConfirmed,
  orderCancelled,
  orderCompleted,
  productListed,
  customerErased,
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
] as const;

/** The union of all contracts. */
export type AnyEventContract = (typeof contracts)[number];

/** The union of all event names. */
export type EventName = AnyEventContract['name'];

type ContractsByType = { readonly [Contract in AnyEventContract as Contract['type']]: Contract };

/** Every contract by its type, for example `order.placed.v1`. Without a prototype, so `constructor` is no type. */
export const eventContracts = Object.freeze(
  Object.assign(
    Object.create(null) as object,
    Object.fromEntries(contracts.map((contract) => [contract.type, contract])),
  ),
) as ContractsByType;

/** The contract that producers publish under a name: its latest version. */
export function latestContract<Name extends EventName>(
  name: Name,
): Extract<AnyEventContract, { name: Name }> {
  const versions = contracts.filter((contract) => contract.name === name);
  const newest = versions.reduce((newer, contract) => (contract.version > newer.version ? contract : newer));
  return newest as Extract<AnyEventContract, { name: Name }>;
}
