import type { OrderTrace, TraceMessage } from '../../protocol-records.js';
import type { ServiceName } from '../../protocol.js';

export type BarKind = 'outbox' | 'queue' | 'handled' | 'gateway' | 'dead';

/** A span of a row: from `start` to `end`, in ms since the epoch. */
export interface Bar {
  readonly kind: BarKind;
  readonly start: number;
  readonly end: number;
  /** The span has not ended: `end` is the time of the response. */
  readonly isOpen: boolean;
  readonly isBad: boolean;
}

/** One line of a service's part of the timeline: a message that it publishes or receives, or a gateway operation. */
export interface TimelineRow {
  readonly key: string;
  readonly kind: 'publishes' | 'receives' | 'gateway';
  readonly label: string;
  /** Undefined for a gateway operation. */
  readonly message: TraceMessage | undefined;
  readonly bars: readonly Bar[];
  /** `done`, `already`, `approved`, the attempts, the error. */
  readonly note: string;
  readonly isBad: boolean;
}

export interface ServiceTimeline {
  readonly service: ServiceName;
  readonly rows: readonly TimelineRow[];
}

/** A service receives a message and publishes its events in one transaction, at one instant. */
const RANK = { receives: 0, gateway: 1, publishes: 2 } as const;

const services: readonly ServiceName[] = ['order', 'inventory', 'payment'];

/** Arranges the records of an order by service, each row in the order of its start. */
export function buildTimeline(trace: OrderTrace, now: number): readonly ServiceTimeline[] {
  return services.map((service) => ({
    service,
    rows: [
      ...trace.messages
        .filter(({ producer }) => producer === service)
        .map((message) => publishRow(message, now)),
      ...trace.messages.flatMap((message) => receiveRows(message, service, now)),
      ...(service === 'payment'
        ? trace.gateway.map((operation, index) => gatewayRow(operation, index, now))
        : []),
    ].sort((a, b) => startOf(a) - startOf(b) || RANK[a.kind] - RANK[b.kind]),
  }));
}

/** When subscribers could receive the message: the relay marks it after the confirm, so a claim may be earlier. */
function publishedAt({ publishedAt: marked, occurredAt, deliveries }: TraceMessage): number | undefined {
  const claims = deliveries.flatMap(({ claimedAt }) => claimedAt ?? []);
  const first = Math.min(marked ?? Number.POSITIVE_INFINITY, ...claims);
  return Number.isFinite(first) ? Math.max(first, occurredAt) : undefined;
}

function publishRow(message: TraceMessage, now: number): TimelineRow {
  const published = publishedAt(message);
  const isBad = message.parkedAt !== null || (published === undefined && message.attempts > 0);
  return {
    key: `${message.id} out`,
    kind: 'publishes',
    label: message.type.replace(/\.v\d+$/, ''),
    message,
    bars: [
      {
        kind: 'outbox',
        start: message.occurredAt,
        end: published ?? now,
        isOpen: published === undefined,
        isBad,
      },
    ],
    note: message.lastError !== null && isBad ? message.lastError : '',
    isBad,
  };
}

function receiveRows(message: TraceMessage, service: ServiceName, now: number): TimelineRow[] {
  const published = publishedAt(message);
  return message.deliveries
    .filter((delivery) => delivery.service === service)
    .map(({ consumer, claimedAt, outcome, deadLetter }): TimelineRow => {
      const start = published ?? message.occurredAt;
      const end = claimedAt ?? deadLetter?.at ?? now;
      const isOpen = claimedAt === null && deadLetter === null;
      const waits: Bar[] =
        published === undefined && isOpen ? [] : [{ kind: 'queue', start, end, isOpen, isBad: false }];
      const handled: Bar[] =
        claimedAt === null
          ? []
          : [
              {
                kind: 'handled',
                start: claimedAt,
                end: claimedAt,
                isOpen: false,
                isBad: outcome === 'overtaken',
              },
            ];
      const dead: Bar[] = deadLetter
        ? [{ kind: 'dead', start: deadLetter.at, end: deadLetter.at, isOpen: false, isBad: true }]
        : [];
      return {
        key: `${message.id} ${consumer}`,
        kind: 'receives',
        label: message.type.replace(/\.v\d+$/, ''),
        message,
        bars: [...waits, ...handled, ...dead],
        note: deadLetter ? deadLetter.error : outcome === 'done' ? '' : (outcome ?? ''),
        isBad: deadLetter !== null && deadLetter.status !== 'replayed',
      };
    });
}

function gatewayRow(
  {
    operation,
    attempts,
    outcome,
    createdAt,
    completedAt,
    lastError,
    parkedAt,
  }: OrderTrace['gateway'][number],
  index: number,
  now: number,
): TimelineRow {
  const isBad = parkedAt !== null || outcome === 'refused' || (outcome === null && lastError !== null);
  return {
    key: `gateway ${index}`,
    kind: 'gateway',
    label: operation,
    message: undefined,
    bars: [
      { kind: 'gateway', start: createdAt, end: completedAt ?? now, isOpen: completedAt === null, isBad },
    ],
    note: [outcome, attempts > 1 ? `× ${attempts}` : '', outcome === null ? lastError : '']
      .filter(Boolean)
      .join(' '),
    isBad,
  };
}

function startOf({ bars, message }: TimelineRow): number {
  return bars[0]?.start ?? message?.occurredAt ?? 0;
}

/** A time axis. Long spans without an event, as before a late cancellation, are cut to a fixed width. */
export interface Scale {
  /** The place of an instant, 0 to 100 %. */
  readonly at: (time: number) => number;
  readonly ticks: readonly { readonly at: number; readonly label: number }[];
  readonly cuts: readonly { readonly at: number; readonly ms: number }[];
}

const CUT_SHARE = 0.5;
const CUT_MIN_MS = 2_000;
const TICKS = 6;

/** @param instants every start and end that the axis must show */
export function createScale(instants: readonly number[]): Scale {
  const sorted = [...new Set(instants)].sort((a, b) => a - b);
  const first = sorted[0] ?? 0;
  const span = Math.max(1, (sorted.at(-1) ?? first) - first);
  const gaps = sorted
    .slice(1)
    .map((time, index) => ({ start: sorted[index] ?? time, ms: time - (sorted[index] ?? time) }));
  const cut = gaps.filter(({ ms }) => ms > CUT_MIN_MS && ms > span * CUT_SHARE);
  const cutMs = cut.reduce((sum, { ms }) => sum + ms, 0);
  const shownGap = Math.max(1, (span - cutMs) * 0.12);
  const total = span - cutMs + cut.length * shownGap;
  const at = (time: number): number => {
    let place = time - first;
    for (const { start, ms } of cut) {
      const inside = Math.min(Math.max(time - start, 0), ms);
      place += (inside / ms) * shownGap - inside;
    }
    return (place / total) * 100;
  };
  return {
    at,
    ticks: cut.length > 0 ? [] : niceTicks(span).map((ms) => ({ at: at(first + ms), label: ms })),
    cuts: cut.map(({ start, ms }) => ({ at: at(start + ms / 2), ms })),
  };
}

function niceTicks(spanMs: number): number[] {
  const raw = spanMs / TICKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(
    1,
    [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? raw,
  );
  return Array.from({ length: Math.floor(spanMs / step) + 1 }, (_, index) => index * step);
}
