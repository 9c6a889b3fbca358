import { Readable } from 'node:stream';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { BackgroundLoop, Batcher } from '#concurrency';
import type { Database } from '#database';
import type { Log } from '#observability';
import type { OrderStatus } from '../domain/order-table.js';
import type { Viewer } from '../domain/viewer.js';
import {
  findStreamPositions,
  findTransitionsOfMany,
  type OrderTransition,
  type StreamPosition,
  type TransitionView,
  type ViewedOrder,
} from '../persistence/order-views.js';
import type { OrderChanges } from './order-changes.js';

export interface OrderStreamsOptions {
  /** Max open streams of this process; one more is refused with {@link TooManyStreamsError}. Required. */
  readonly streamsMax: number;
  /** Max open streams of one caller in this process. Required. */
  readonly streamsPerCallerMax: number;
  /** How long a change made by another replica may stay unnoticed, in ms. Default 1,000. */
  readonly pollIntervalMs?: number;
  /** Interval of the comment line that keeps idle connections open, in ms. Default 15,000: proxies cut at 60 s. */
  readonly heartbeatIntervalMs?: number;
  /** Longest life of a stream, in ms; the client then reconnects, perhaps to another replica. Default 10 minutes. */
  readonly lifetimeMs?: number;
  readonly log: Log;
}

/** The caller or this process has too many open streams; no stream was opened. Answer 429 or 503 with Retry-After. */
export class TooManyStreamsError extends Error {
  override readonly name = 'TooManyStreamsError';

  constructor(readonly ofCaller: boolean) {
    super(ofCaller ? 'the caller has too many open streams' : 'this process has too many open streams');
  }
}

/** A stream to open. */
export interface StreamRequest {
  readonly orderId: string;
  /** Required: an order that the viewer may not see has no stream. */
  readonly viewer: Viewer;
  /** The stream has the steps after this version. One that the order has not reached counts as its current one. */
  readonly afterVersion: number;
  /** Who reads the stream. */
  readonly sub: string;
  /** The stream ends after this time, in ms: the rest of the life of the token. */
  readonly endsInMs: number;
}

/** One open stream. */
interface Watcher {
  readonly orderId: string;
  readonly sub: string;
  /** Version of the last step that the stream has sent. */
  version: number;
  readonly stream: Readable;
  readonly endsAtMs: number;
}

/** Most orders one statement reads. */
const PAGE_SIZE = 1_000;
const RECONNECT_MS = 1_000;
const MAX_OPENING = 10_000;

/**
 * Streams the steps of orders as server-sent events. One poll per process reads the new steps of all watched orders, so
 * any number of streams holds at most two database connections: one for the poll, one for streams that open together.
 * A commit of this process wakes the poll for its orders; every `pollIntervalMs` the poll reads all watched orders.
 */
export class OrderStreams implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly watchers = new Map<string, Set<Watcher>>();
  private readonly changed = new Set<string>();
  private readonly loop: BackgroundLoop;
  private readonly opening: Batcher<ViewedOrder, StreamPosition | undefined>;
  private streamCount = 0;
  private readonly countBySub = new Map<string, number>();
  private nextPollAtMs = 0;
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    changes: OrderChanges,
    private readonly options: OrderStreamsOptions,
  ) {
    this.loop = new BackgroundLoop({
      intervalMs: options.pollIntervalMs ?? 1_000,
      runOnce: () => this.poll(),
      log: options.log,
      failureMessage: 'order streams could not be read; retrying',
    });
    this.opening = new Batcher({
      run: (viewed) => findStreamPositions(database, viewed),
      batchSizeMax: PAGE_SIZE,
      queueSizeMax: MAX_OPENING,
      concurrency: 1,
    });
    changes.onChange((orderIds) => this.notify(orderIds));
  }

  onApplicationBootstrap(): void {
    this.loop.start();
    this.heartbeat = setInterval(() => this.sendHeartbeats(), this.options.heartbeatIntervalMs ?? 15_000);
  }

  /** Ends all streams; their clients reconnect. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.heartbeat);
    await this.loop.stop();
    for (const watcher of this.all()) this.end(watcher);
  }

  /** Open streams. */
  get count(): number {
    return this.streamCount;
  }

  /**
   * Opens a stream of the steps of an order.
   *
   * @returns the bytes of the stream; `ended` when the order has ended and the client has seen its last step; undefined
   *   when the viewer may see no order of this id
   * @throws TooManyStreamsError
   */
  async open(request: StreamRequest): Promise<Readable | 'ended' | undefined> {
    const { sub } = request;
    if (this.streamCount >= this.options.streamsMax) throw new TooManyStreamsError(false);
    if ((this.countBySub.get(sub) ?? 0) >= this.options.streamsPerCallerMax)
      throw new TooManyStreamsError(true);
    this.add(sub, 1);
    const position = await this.opening.submit(request).catch((error: unknown) => {
      this.add(sub, -1);
      throw error;
    });
    const version = Math.min(request.afterVersion, position?.version ?? 0);
    if (!position || (hasEnded(position.status) && position.version <= version)) {
      this.add(sub, -1);
      return position && 'ended';
    }
    return this.watch(request, version);
  }

  private watch({ orderId, sub, endsInMs }: StreamRequest, version: number): Readable {
    const stream = new Readable({ read: () => {} });
    const watcher = {
      orderId,
      sub,
      version,
      stream,
      endsAtMs: performance.now() + Math.min(this.options.lifetimeMs ?? 600_000, endsInMs),
    };
    const watchers = this.watchers.get(orderId) ?? new Set();
    this.watchers.set(orderId, watchers.add(watcher));
    stream.once('close', () => this.end(watcher));
    stream.push(`retry: ${RECONNECT_MS}\n\n`);
    this.notify([orderId]);
    return stream;
  }

  private notify(orderIds: readonly string[]): void {
    const watched = orderIds.filter((id) => this.watchers.has(id));
    if (watched.length === 0) return;
    for (const id of watched) this.changed.add(id);
    this.loop.wake();
  }

  /** Reads the changed orders, or all watched ones when a full poll is due. Resolves to the pause before the next one. */
  private async poll(): Promise<number> {
    const { pollIntervalMs = 1_000 } = this.options;
    const isFull = performance.now() >= this.nextPollAtMs;
    if (isFull) {
      this.nextPollAtMs = performance.now() + pollIntervalMs;
      this.endExpired();
    }
    const orderIds = isFull ? [...this.watchers.keys()] : [...this.changed];
    this.changed.clear();
    for (let start = 0; start < orderIds.length; start += PAGE_SIZE) {
      await this.readPage(orderIds.slice(start, start + PAGE_SIZE));
    }
    return Math.max(1, this.nextPollAtMs - performance.now());
  }

  private async readPage(orderIds: readonly string[]): Promise<void> {
    const positions = orderIds.flatMap((orderId) => {
      const versions = [...(this.watchers.get(orderId) ?? [])].map(({ version }) => version);
      return versions.length === 0 ? [] : [{ orderId, version: Math.min(...versions) }];
    });
    if (positions.length === 0) return;
    for (const [orderId, steps] of groupByOrder(await findTransitionsOfMany(this.database, positions))) {
      for (const watcher of this.watchers.get(orderId) ?? []) this.send(watcher, steps);
    }
  }

  /** Sends the steps that the stream has not sent. The last one decides: a completed order can be cancelled afterwards. */
  private send(watcher: Watcher, steps: readonly TransitionView[]): void {
    for (const step of steps.filter(({ version }) => version > watcher.version)) {
      watcher.stream.push(`event: ${step.to}\nid: ${step.version}\ndata: ${JSON.stringify(step)}\n\n`);
      watcher.version = step.version;
    }
    const last = steps.at(-1);
    if (last && hasEnded(last.to)) this.end(watcher);
  }

  /** Ends a stream. Nothing is pushed to it afterwards. */
  private end(watcher: Watcher): void {
    const watchers = this.watchers.get(watcher.orderId);
    if (!watchers?.delete(watcher)) return;
    if (watchers.size === 0) this.watchers.delete(watcher.orderId);
    this.add(watcher.sub, -1);
    watcher.stream.push(null);
  }

  private add(sub: string, change: 1 | -1): void {
    this.streamCount += change;
    const count = (this.countBySub.get(sub) ?? 0) + change;
    if (count === 0) this.countBySub.delete(sub);
    else this.countBySub.set(sub, count);
  }

  private endExpired(): void {
    const now = performance.now();
    for (const watcher of this.all()) if (now >= watcher.endsAtMs) this.end(watcher);
  }

  private sendHeartbeats(): void {
    for (const watcher of this.all()) watcher.stream.push(': heartbeat\n\n');
  }

  private all(): Watcher[] {
    return [...this.watchers.values()]
      .flatMap((watchers) => [...watchers])
      .filter(({ stream }) => !stream.readableEnded);
  }
}

function groupByOrder(steps: readonly OrderTransition[]): Map<string, TransitionView[]> {
  const groups = new Map<string, TransitionView[]>();
  for (const { orderId, ...step } of steps) {
    const group = groups.get(orderId);
    if (group) group.push(step);
    else groups.set(orderId, [step]);
  }
  return groups;
}

/** Whether a stream of the order ends. A completed order can still be cancelled; a client then opens another stream. */
export function hasEnded(status: OrderStatus): boolean {
  return status === 'completed' || status === 'cancelled';
}
