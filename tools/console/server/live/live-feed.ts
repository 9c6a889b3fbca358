import { type Service, services } from '#contracts';
import type { LabState, LiveSnapshot, RatePoint, ServiceState } from '../../protocol.js';
import type { Databases } from '../databases.js';
import type { ShopAccess, Readiness } from '../shop-access.js';
import type { AuditWatch } from './audit-watch.js';
import type { BrokerDetails, BrokerState, QueueDepths } from './broker-state.js';
import type { GatewayModes, GatewaySimulator } from './gateway-modes.js';
import { Poller, type Source } from './poller.js';
import {
  acceptedPerSecond,
  databaseSources,
  type OrderRecords,
  type PaymentRecords,
  readServiceRecords,
  type ServiceRecords,
} from './service-records.js';

const TICK_MS = 1_000;
/** The charts show five minutes. */
const HISTORY_MAX = 300;

const GAP_MS = 5_000;

type Listener = (snapshot: LiveSnapshot) => void;

export interface LiveFeedParts {
  readonly databases: Databases;
  readonly broker: BrokerState;
  readonly access: ShopAccess;
  readonly simulator: GatewaySimulator;
  readonly audit: AuditWatch;
  readonly labState: () => LabState;
}

/** Polls the sources once per second while a page is open, and passes a snapshot to each page. */
export class LiveFeed {
  private readonly records = new Map<Service, ServiceRecords>();
  private readonly rates = new Map<Service, { readonly written: number; readonly claimed: number }>();
  private readonly recordedAt = new Map<Service, number>();
  private readonly readiness = new Map<Service, Readiness | undefined>();
  private depths: QueueDepths | undefined;
  private details: BrokerDetails | undefined;
  private modes: GatewayModes | undefined;
  private readonly history: RatePoint[] = [];
  private readonly listeners = new Set<Listener>();
  private timer: NodeJS.Timeout | undefined;
  private readonly poller: Poller;

  constructor(private readonly parts: LiveFeedParts) {
    this.poller = new Poller(this.sources());
  }

  /** Calls `listener` with each snapshot. The first one follows at once. @returns a function that ends the subscription */
  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    if (this.timer === undefined) this.tick();
    else listener(this.snapshot());
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      clearTimeout(this.timer);
      this.timer = undefined;
    };
  }

  /** The figures of the charts so far, oldest first. */
  get rateHistory(): readonly RatePoint[] {
    return this.history;
  }

  /** Ends every subscription. */
  close(): void {
    this.listeners.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private tick(): void {
    const timer = setTimeout(() => this.tick(), TICK_MS);
    this.timer = timer;
    void this.poller.poll(TICK_MS * 0.8).then(() => {
      if (this.timer !== timer) return; // the last page has been closed
      const snapshot = this.snapshot();
      this.addGap(snapshot.at);
      this.history.push(toRatePoint(snapshot));
      if (this.history.length > HISTORY_MAX) this.history.shift();
      for (const listener of this.listeners) listener(snapshot);
    });
  }

  /** While no page was open, nothing was read: the charts show a gap. */
  private addGap(now: number): void {
    const last = this.history.at(-1);
    if (!last || now - last.at < GAP_MS) return;
    this.history.push({
      at: last.at + 1,
      accepted: null,
      p50: null,
      p99: null,
      inFlight: null,
      retries: null,
      lag: null,
      depths: {},
    });
  }

  private sources(): Source[] {
    const { broker, simulator, audit } = this.parts;
    return [
      ...services.map((service) => this.databaseSource(service)),
      ...services.map((service) => this.healthSource(service)),
      {
        name: 'broker',
        intervalMs: 1_000,
        read: async () => {
          this.depths = await orForget(broker.readDepths(), () => (this.depths = undefined));
        },
      },
      {
        name: 'management API of the broker',
        intervalMs: 3_000,
        read: async () => void (this.details = await broker.readDetails()),
      },
      {
        name: 'gateway',
        intervalMs: 1_000,
        read: async () => void (this.modes = await simulator.readModes()),
      },
      {
        name: 'audit',
        intervalMs: 1_000,
        // Q1 to Q7 come first in an idle shop, so the first check waits until the records are known.
        read: async () => {
          if (this.poller.hasRead(databaseSources.order)) await audit.poll(this.recordsWhenIdle());
        },
      },
    ];
  }

  private databaseSource(service: Service): Source {
    return {
      name: databaseSources[service],
      intervalMs: 1_000,
      read: async () => {
        const before = this.records.get(service);
        const records = await orForget(readServiceRecords(this.parts.databases, service), () =>
          this.records.delete(service),
        );
        const now = Date.now();
        const seconds = (now - (this.recordedAt.get(service) ?? now)) / 1_000;
        const rate = (key: 'written' | 'claimed'): number =>
          before && seconds > 0 ? Math.max(0, (records[key] - before[key]) / seconds) : 0;
        this.rates.set(service, { written: rate('written'), claimed: rate('claimed') });
        this.records.set(service, records);
        this.recordedAt.set(service, now);
      },
    };
  }

  private healthSource(service: Service): Source {
    return {
      name: `${service} service`,
      intervalMs: 2_000,
      read: async () => {
        const readiness = orForget(this.parts.access.readiness(service), () =>
          this.readiness.delete(service),
        );
        this.readiness.set(service, await readiness);
      },
    };
  }

  /** Changes with every event; undefined while an order, an event or a message is in progress. */
  private recordsWhenIdle(): string | undefined {
    const { order } = this.typedRecords();
    const isBusy =
      !order ||
      Object.values(order.open).some((count) => count > 0) ||
      services.some((service) => this.records.get(service)?.outboxPending !== 0) ||
      this.depths?.queues.some(({ ready }) => ready > 0) !== false;
    return isBusy ? undefined : services.map((service) => this.records.get(service)?.written).join();
  }

  private typedRecords() {
    return {
      order: this.records.get('order') as OrderRecords | undefined,
      payment: this.records.get('payment') as PaymentRecords | undefined,
    };
  }

  private snapshot(): LiveSnapshot {
    const { order, payment } = this.typedRecords();
    return {
      at: Date.now(),
      problems: this.poller.problems,
      services: {
        order: this.serviceState('order'),
        inventory: this.serviceState('inventory'),
        payment: this.serviceState('payment'),
      },
      queues: (this.depths?.queues ?? []).map((queue) => ({
        ...queue,
        ...this.details?.byQueue.get(queue.name),
      })),
      retries: this.depths?.retries ?? {},
      unrouted: this.depths?.unrouted ?? null,
      orders: order?.orders ?? [],
      open: order?.open ?? {},
      acceptedPerSecond: order ? acceptedPerSecond(order) : null,
      p50: order?.p50 ?? null,
      p99: order?.p99 ?? null,
      gateway: { ...payment?.gateway, ...(this.modes && { modes: this.modes }) },
      audit: this.parts.audit.state(),
      lab: this.parts.labState(),
    };
  }

  private serviceState(service: Service): ServiceState {
    const records = this.records.get(service);
    const rates = this.rates.get(service);
    const readiness = this.readiness.get(service);
    const alarms = Object.entries(readiness?.checks ?? {})
      .filter(([, { status }]) => status !== 'up')
      .map(([name, { detail }]) => `${name}: ${detail ?? ''}`);
    return {
      ...(records && {
        outboxPending: records.outboxPending,
        outboxOldestMs: records.outboxOldestMs,
        parked: records.parked,
        deadLetters: records.deadLetters,
      }),
      ...(rates && { writtenPerSecond: rates.written, claimedPerSecond: rates.claimed }),
      ...(this.details && { replicas: this.details.replicas[service] }),
      health: readiness?.status ?? 'unreachable',
      alarms,
    };
  }
}

/** A figure of a source that has failed is unknown: the page shows no outdated one. */
async function orForget<Result>(read: Promise<Result>, forget: () => unknown): Promise<Result> {
  try {
    return await read;
  } catch (error) {
    forget();
    throw error;
  }
}

function toRatePoint({
  at,
  acceptedPerSecond,
  p50,
  p99,
  gateway,
  retries,
  services,
  queues,
}: LiveSnapshot): RatePoint {
  const lags = Object.values(services).flatMap(({ outboxOldestMs }) => outboxOldestMs ?? []);
  const retrying = Object.values(retries);
  return {
    at,
    accepted: acceptedPerSecond,
    p50,
    p99,
    inFlight: gateway.inFlight ?? null,
    retries: retrying.length === 0 ? null : retrying.reduce((sum, count) => sum + count, 0),
    lag: lags.length === 0 ? null : Math.max(...lags),
    depths: Object.fromEntries(queues.map(({ name, ready }) => [name, ready])),
  };
}
