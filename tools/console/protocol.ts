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
