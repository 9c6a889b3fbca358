// The JSON between the console's server and its page. Types only: the page is compiled for browsers.

export type ServiceName = 'order' | 'inventory' | 'payment';

/** A text in both languages of the page. */
export interface Bilingual {
  readonly en: string;
  readonly zh: string;
}

/** Which controls this console has; `GET /api/session`. */
export interface Session {
  /** Orders can be placed and dead letters replayed: the console runs with `--act`. */
  readonly canAct: boolean;
  /** Faults can be injected: the console runs with `--lab`, and the gateway is the simulator. */
  readonly hasLab: boolean;
  /** Links that the Lab can cut. Empty when the console does not run in the process of a local shop. */
  readonly links: readonly string[];
  /** The Lab can publish malformed bytes: it has the broker user of order. */
  readonly canPublish: boolean;
  readonly products: readonly { readonly sku: string; readonly name: Bilingual }[];
  readonly operator: string;
  /** The command before `ops` lines: `npm run ops --`, or `docker compose run --rm ops`. */
  readonly opsCommand: string;
  readonly orderUrl: string | null;
}

/** A source of the live view that cannot be read. */
export interface SourceProblem {
  readonly source: string;
  readonly problem: string;
  readonly since: number;
}

export interface ServiceState {
  /** Undefined members are unknown: their source is among the problems. */
  readonly outboxPending?: number;
  readonly outboxOldestMs?: number;
  readonly parked?: number;
  readonly deadLetters?: number;
  /** Events per second written to the outbox, and messages per second claimed by the inbox. */
  readonly writtenPerSecond?: number;
  readonly claimedPerSecond?: number;
  readonly replicas?: number;
  readonly health?: 'ok' | 'degraded' | 'not-ready' | 'unreachable';
  /** `name: detail` of each check that is not up. */
  readonly alarms: readonly string[];
}

export interface QueueState {
  readonly name: string;
  readonly consumer: string;
  readonly partition: number;
  readonly ready: number;
  /** Undefined without the management API. */
  readonly unacknowledged?: number;
  readonly consumers?: number;
}

export interface OrderRow {
  readonly id: string;
  readonly placedAt: number;
  readonly items: Bilingual;
  readonly amount: number;
  readonly currency: string;
  readonly status: string;
  readonly reason: string | null;
  readonly stock: string;
  readonly payment: string;
  /** From placing to the newest transition, in ms. */
  readonly ms: number;
}

export interface Violation {
  readonly problem: Bilingual;
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}

export interface Invariant {
  readonly id: string;
  readonly statement: Bilingual;
  readonly holds: boolean;
  readonly checked: number;
  readonly violationCount: number;
  readonly violations: readonly Violation[];
  readonly unchecked: readonly Bilingual[];
}

export interface AuditState {
  /** S1 to S7, which hold at every instant. */
  readonly instant: readonly Invariant[];
  readonly instantAt: number | null;
  /** Q1 to Q7, which hold when the shop is idle. */
  readonly idle: readonly Invariant[];
  readonly idleAt: number | null;
  readonly running: 'instant' | 'idle' | null;
  /** Why the last check of Q1 to Q7 had no result: the shop's pending work. */
  readonly pending: readonly Bilingual[];
  /** Violations of Q1 and Q5; null before the first check of Q1 to Q7. */
  readonly lost: number | null;
  /** Violations of S3, S4 and S7; of Q4 after a check of Q1 to Q7. */
  readonly doubled: number | null;
  /** Violations of S1 and S2. */
  readonly oversold: number | null;
}

export interface GatewayState {
  /** Operations without an outcome, those of them that were sent before, and those that wait for an operator. */
  readonly inFlight?: number;
  readonly retrying?: number;
  readonly parked?: number;
  readonly oldestMs?: number;
  /** The simulator's modes by operation; undefined when the gateway is no simulator. */
  readonly modes?: Readonly<Record<string, { readonly behaviour: string }>>;
}

/** A switch of the Lab that is on. */
export interface ActiveFault {
  readonly id: string;
  readonly detail: string;
  readonly endsAt: number;
}

export interface LoadState {
  readonly perSecond: number;
  readonly endsAt: number;
  readonly accepted: number;
  readonly refused: number;
}

export interface LabState {
  readonly faults: readonly ActiveFault[];
  readonly load: LoadState | null;
  /** Results of the newest actions, newest first. */
  readonly log: readonly { readonly at: number; readonly text: Bilingual }[];
}

/** The state of the shop, once per second. */
export interface LiveSnapshot {
  readonly at: number;
  readonly problems: readonly SourceProblem[];
  readonly services: Readonly<Record<ServiceName, ServiceState>>;
  readonly queues: readonly QueueState[];
  /** Messages in the delay queues, by step: `1s`, `5s`, `30s`, `2m`. */
  readonly retries: Readonly<Record<string, number>>;
  readonly unrouted: number | null;
  readonly orders: readonly OrderRow[];
  /** Orders that have not ended, by status. */
  readonly open: Readonly<Record<string, number>>;
  readonly acceptedPerSecond: number | null;
  /** Of orders completed in the last minute, in ms; null when none was. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly gateway: GatewayState;
  readonly audit: AuditState;
  readonly lab: LabState;
}

/** The figures of the charts: the history that a newly opened page receives. */
export interface RatePoint {
  readonly at: number;
  readonly accepted: number | null;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly inFlight: number | null;
  readonly retries: number | null;
  /** Age of the oldest unpublished event over all services, in ms. */
  readonly lag: number | null;
  /** Ready messages by queue. */
  readonly depths: Readonly<Record<string, number>>;
}

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
