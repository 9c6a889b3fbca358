// What the shop's REST API takes and gives, as its clients write it down.

/** What a shopper sends. */
export interface OrderRequest {
  /** Default: `guest`. */
  readonly customerId?: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly paymentToken: string;
}

/** The wish for one product, paid with a card that is good unless the token says otherwise. */
export function createOrderRequest(sku: string, quantity = 1, paymentToken = 'tok_visa'): OrderRequest {
  return { lines: [{ sku, quantity }], paymentToken };
}

/** In minor units: 分. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** One step of an order's history. */
export interface Transition {
  readonly version: number;
  /** What brought it about: `placed`, `stock.held`, `payment.authorized`, … */
  readonly trigger: string;
  readonly from: string | null;
  readonly to: 'pending' | 'confirmed' | 'completed' | 'cancelling' | 'cancelled';
  readonly stock: string;
  readonly payment: string;
  readonly reason: string | null;
  readonly at: string;
}

/** What is said of an order when it is accepted. */
export interface AcceptedOrder {
  readonly id: string;
  readonly total: Money;
  readonly placedAt: string;
  readonly deadlineAt: string;
}

/** An order as a list shows it. */
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

/** An entry in the books of the payment gateway: the truth about the money. */
export interface LedgerEntry {
  readonly id: string;
  readonly operation: 'authorize' | 'capture' | 'void' | 'refund';
  readonly status: 'approved' | 'refused';
  readonly reason?: string;
  readonly amount: number;
  /** How many requests carried the entry's idempotency key. */
  readonly requests: number;
}

/** How the gateway behaves, by operation; its `/docs` say what there is. */
export type GatewayModes = Readonly<
  Partial<
    Record<
      LedgerEntry['operation'],
      { readonly behaviour: string; readonly delayMs?: number; readonly times?: number }
    >
  >
>;

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The cursor of the page after; null on the last one. */
  readonly next: string | null;
}

/** An answer over REST. */
export interface ApiResponse<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  /** As it came. */
  readonly text: string;
  /** The text as JSON; undefined when it is none. */
  readonly body: Body;
  readonly correlationId: string;
  /** How long it took, as the client sees it. */
  readonly durationMs: number;
}

/** The answer to an order that was accepted. */
export interface AcceptedResponse extends ApiResponse<AcceptedOrder> {
  readonly id: string;
}

export type ServiceName = (typeof serviceNames)[number];

/** The processes of the platform: the three services, and the world outside them. */
export type ProcessName = ServiceName | 'gateway-simulator';

export const serviceNames = ['order', 'inventory', 'payment'] as const;
