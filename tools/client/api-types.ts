// Requests and responses of the shop's REST API, by the types that are generated from its OpenAPI documents.
import type { operations as gatewayOperations } from './generated/gateway-simulator.js';
import type { components as inventoryComponents } from './generated/inventory.js';
import type { components as orderComponents, operations as orderOperations } from './generated/order.js';
import type { components as paymentComponents } from './generated/payment.js';

type Schemas = orderComponents['schemas'];

/** The body of `POST /orders`. */
export type OrderRequest = orderOperations['placeOrder']['requestBody']['content']['application/json'];

/** An order request for one product. The default payment token is approved by the gateway. */
export function createOrderRequest(sku: string, quantity = 1, paymentToken = 'tok_visa'): OrderRequest {
  return { lines: [{ sku, quantity }], paymentToken };
}

/** One transition in an order's history. */
export type Transition = Schemas['OrderStep'];

/** The body of the 202 response to `POST /orders`. */
export type AcceptedOrder = Schemas['AcceptedOrder'];

/** An order in the list `GET /orders`. */
export type OrderSummary = Schemas['OrderSummary'];

export type Order = Schemas['Order'];

export type Product = Schemas['Product'];

export type StockLevel = inventoryComponents['schemas']['StockLevel'];

export type Payment = paymentComponents['schemas']['Payment'];

/** A page of the payment gateway's ledger, the source of truth about money. */
export type LedgerPage = gatewayOperations['listLedger']['responses'][200]['content']['application/json'];

export type LedgerEntry = LedgerPage['entries'][number];

/** The gateway's behaviour by operation; its `/docs` list the behaviours. */
export type GatewayModes = gatewayOperations['putModes']['requestBody']['content']['application/json'];

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The cursor of the next page; null on the last page. */
  readonly next: string | null;
}

/** A REST response. */
export interface ApiResponse<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  /** The raw body. */
  readonly text: string;
  /** The parsed body; undefined when it is not JSON. */
  readonly body: Body;
  readonly correlationId: string;
  /** From sending the request to the end of the body, in ms. */
  readonly durationMs: number;
}

/** The 202 response to an order request. */
export interface AcceptedResponse extends ApiResponse<AcceptedOrder> {
  readonly id: string;
}

export type ServiceName = (typeof serviceNames)[number];

/** The processes of the shop: the three services and the simulated gateway. */
export type ProcessName = ServiceName | 'gateway-simulator';

export const serviceNames = ['order', 'inventory', 'payment'] as const;
