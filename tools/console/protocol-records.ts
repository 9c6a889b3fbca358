// The JSON about single orders, messages and dead letters. Types only, as in protocol.ts.
import type { Bilingual, OrderRow, ServiceName, SourceProblem } from './protocol.js';

/** One delivery of a message to a subscriber. */
export interface Delivery {
  readonly consumer: string;
  readonly service: ServiceName;
  readonly queue: string;
  readonly claimedAt: number | null;
  readonly outcome: string | null;
  /** The dead letter that this delivery ended as. */
  readonly deadLetter: {
    readonly id: string;
    readonly status: string;
    readonly error: string;
    readonly at: number;
  } | null;
}

export interface TraceMessage {
  readonly id: string;
  readonly type: string;
  readonly producer: ServiceName;
  readonly sequence: number;
  readonly exchange: string;
  readonly routingKey: string;
  readonly occurredAt: number;
  readonly publishedAt: number | null;
  readonly parkedAt: number | null;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly causationId: string | null;
  readonly traceparent: string | null;
  readonly deliveries: readonly Delivery[];
}

export interface GatewayOperation {
  readonly operation: string;
  readonly attempts: number;
  readonly outcome: string | null;
  readonly createdAt: number;
  readonly completedAt: number | null;
  readonly lastError: string | null;
  readonly parkedAt: number | null;
  readonly causationId: string | null;
}

export interface TraceTransition {
  readonly version: number;
  readonly trigger: string;
  readonly to: string;
  readonly stock: string;
  readonly payment: string;
  readonly reason: string | null;
  readonly at: number;
}

/** Everything that the services store about one order; `GET /api/orders/:id`. */
export interface OrderTrace {
  readonly order: OrderRow & {
    readonly customerId: string;
    readonly correlationId: string;
    readonly deadlineAt: number;
    readonly lines: readonly {
      readonly sku: string;
      readonly quantity: number;
      readonly unitPrice: number;
      readonly name: Bilingual;
    }[];
  };
  /** Facts for the sentence that explains a cancellation. */
  readonly shortages: readonly {
    readonly sku: string;
    readonly requested: number;
    readonly available: number;
  }[];
  readonly refusal: string | null;
  readonly transitions: readonly TraceTransition[];
  readonly messages: readonly TraceMessage[];
  readonly gateway: readonly GatewayOperation[];
  readonly reservation: { readonly status: string; readonly at: number } | null;
  readonly paymentRow: { readonly status: string; readonly at: number } | null;
  readonly problems: readonly SourceProblem[];
}

/** The bytes of one message; `GET /api/orders/:id/messages/:messageId`. */
export interface MessageDetails {
  readonly bodyBase64: string;
  readonly bodyBytes: number;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Undefined when the bytes match their contract. */
  readonly schemaError?: string;
  readonly contract: string;
  readonly sql: readonly { readonly service: ServiceName; readonly sql: string }[];
}

export interface DeadLetterGroup {
  readonly service: ServiceName;
  readonly cause: string;
  readonly failureReason: string;
  readonly type: string | null;
  readonly error: string;
  readonly count: number;
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
}

export interface DeadLetterRow {
  readonly id: string;
  readonly queue: string;
  readonly messageId: string | null;
  readonly type: string | null;
  readonly failureReason: string;
  readonly error: string;
  readonly cause: string;
  readonly attempts: number;
  readonly publishedBy: string | null;
  readonly status: string;
  readonly occurrences: number;
  readonly replays: number;
  readonly bodyBytes: number;
  readonly exchange: string;
  readonly routingKey: string;
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
}

export interface DeadLetterDetails extends DeadLetterRow {
  readonly service: ServiceName;
  readonly stack: string | null;
  readonly properties: unknown;
  /** The first bytes of the body, at most 64 KB. */
  readonly bodyBase64: string;
  readonly claims: readonly {
    readonly consumer: string;
    readonly outcome: string;
    readonly claimedAt: string;
  }[];
  readonly actions: readonly {
    readonly at: string;
    readonly action: string;
    readonly operator: string;
    readonly reason: string;
  }[];
}

export interface ReplayProgress {
  readonly total: number;
  readonly waiting: number;
  readonly sent: number;
  readonly reopened: number;
}

/** The result of an action of operators, from the service's REST interface. */
export interface ActionOutcome {
  readonly count: number;
  readonly requestId?: string;
  readonly dryRun?: true;
}

/** An error response of the console. */
export interface ConsoleProblem {
  readonly title: string;
  readonly detail?: string;
  readonly expected?: number;
  readonly found?: number;
}
