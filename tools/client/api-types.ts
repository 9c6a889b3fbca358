// Requests and responses of the shop's REST API, declared independently of the services' own types.

/** The body of `POST /orders`. */
export interface OrderRequest {
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly paymentToken: string;
}

/** An order request for one product. The default payment token is approved by the gateway. */
export function createOrderRequest(sku: string, quantity = 1, paymentToken = 'tok_visa'): OrderRequest {
  return { lines: [{ sku, quantity }], paymentToken };
}

/** An amount in minor units (分). */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** One transition in an order's history. */
export interface Transition {
  readonly version: number;
  /** The trigger: `placed`, `stock.held`, `payment.authorized`, … */
  readonly trigger: string;
  readonly from: string | null;
  readonly to: 'pending' | 'confirmed' | 'completed' | 'cancelling' | 'cancelled';
  readonly stock: string;
  readonly payment: string;
  readonly reason: string | null;
  readonly at: string;
}

/** The body of the 202 response to `POST /orders`. */
export interface AcceptedOrder {
  readonly id: string;
  readonly total: Money;
  readonly placedAt: string;
  readonly deadlineAt: string;
}

/** An order in the list `GET /orders`. */
export interface OrderSummary extends AcceptedOrder {
  readonly customerId: string;
  readonly status: Transition['to'];
  readonly reason: string | null;
  readonly stock: string;
  readonly payment: string;
  readonly correlationId: string;
}

export interface Order extends OrderSummary {
  readonly lines: readonly (OrderRequest['lines'][number] & {
    readonly unitPrice: number;
    readonly priceVersion: number;
  })[];
  readonly history: readonly Transition[];
}

export interface Product {
  readonly sku: string;
  readonly name: { readonly en: string; readonly zh: string };
  readonly price: Money;
  readonly priceVersion: number;
}

export interface StockLevel {
  readonly sku: string;
  readonly received: number;
  readonly available: number;
  readonly held: number;
  readonly deducted: number;
}

export interface Payment {
  readonly orderId: string;
  readonly status: string;
  readonly authorizationId: string | null;
  readonly captureId: string | null;
  readonly refundAttempts: number;
}

/** An entry in the payment gateway's ledger, the source of truth about money. */
export interface LedgerEntry {
  readonly id: string;
  readonly operation: 'authorize' | 'capture' | 'void' | 'refund';
  readonly status: 'approved' | 'refused';
  readonly reason?: string;
  readonly amount: number;
  /** When the gateway decided, as RFC 3339. */
  readonly at: string;
  /** How many requests carried the entry's idempotency key. */
  readonly requests: number;
}

/** The gateway's behaviour by operation; its `/docs` list the behaviours. */
export type GatewayModes = Readonly<
  Partial<
    Record<
      LedgerEntry['operation'],
      {
        readonly behaviour: string;
        readonly delayMs?: number;
        readonly status?: number;
        readonly times?: number;
        readonly reference?: string;
      }
    >
  >
>;

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
