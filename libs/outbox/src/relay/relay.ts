import { setTimeout as delay } from 'node:timers/promises';
import { BackgroundLoop, WakeableSleep } from '#concurrency';
import { hitFailpoint } from '#failpoints';
import {
  type ConfirmPublisher,
  PublishNackedError,
  PublishOutcomeUnknownError,
  UnpublishableError,
} from '#messaging';
import { DiagnosticChannel, type Log } from '#observability';
import { PublishBackoff } from './backoff.js';
import { InFlight, type PublishResult } from './in-flight.js';
import { publishLags, publishRows } from './publish-rows.js';
import { type PendingRow, RelaySession } from './relay-session.js';

/** Connections and bounds of a {@link Relay}. */
export interface RelayOptions {
  /** `postgres://` URL of the database with the outbox. It must allow session-level advisory locks. Required. */
  readonly databaseUrl: string;
  /** `application_name` of the relay's database session, shown in `pg_stat_activity`. Required. */
  readonly applicationName: string;
  /**
   * Publishes the events. Required, and shared with no other component: another component's message can close the
   * channel, and rows in flight would be suspected.
   */
  readonly publisher: ConfirmPublisher;
  /** Broker user that `publisher` is logged in as; RabbitMQ checks it as the `user-id` property. Required. */
  readonly brokerUser: string;
  /** Receives a warning per failed attempt and an error per parked event. Required. */
  readonly log: Log;
  /** Most rows in flight, that is, published and not yet confirmed. Default 1,000. */
  readonly inFlightMax?: number;
  /**
   * Longest pause between two reads of an idle outbox, in ms. Bounds the delay of events that another replica adds,
   * since only commits of the same process wake the relay. Default 100.
   */
  readonly pollMs?: number;
  /** Failed attempts after which a row is parked, counting only attempts that failed alone. Default 5. */
  readonly attemptsMax?: number;
}

/**
 * Published each time pages are settled: number of rows confirmed, seconds from the insert to the confirm of each, and one
 * error for each row that was not.
 */
export const pageSettled = new DiagnosticChannel<{
  readonly confirmed: number;
  readonly lagSeconds: readonly number[];
  readonly failures: readonly Error[];
}>('relay-page-settled');

/** Pause before the relay tries again to become active, in ms. */
/** Max attempts of a row that no retry can publish: the first failure parks it. */
const PARK_AT_ONCE = 1;
const STANDBY_INTERVAL_MS = 1_000;

/**
 * How much of the outbox the last page covers:
 * - `backlog`: the page is full, so more rows are probably pending;
 * - `partial`: the page left out subjects in flight, so more rows may be pending;
 * - `complete`: the page holds every row that may be published now;
 * - `drained`: `stop` was called, and after that a complete page was empty.
 */
type Coverage = 'backlog' | 'partial' | 'complete' | 'drained';

/** State of the active relay. It ends with the session; a new session reads unmarked rows again. */
interface RelayState {
  readonly session: RelaySession;
  readonly inFlight: InFlight;
  /** The rows read last, in outbox order. */
  page: readonly PendingRow[];
  coverage: Coverage;
}

/**
 * Publishes committed outbox rows with publisher confirms, at least once, in order per subject.
 *
 * - A row is marked as published only after its confirm. After a crash in between, the row is published again under the
 *   same id, and the consumer's inbox discards the duplicate.
 * - One relay per service is active; the relays of other replicas stand by for its advisory lock.
 * - At most one row per subject is in flight, so a failed publish cannot reorder events.
 * - A nacked row (its queue is full) delays its slot. After a growing delay one row of the slot probes the queue.
 * - A channel error does not name the row that caused it: the rows in flight are then published one at a time.
 * - A row that fails alone while other rows are confirmed is parked after `attemptsMax` attempts. A parked row holds
 *   back later rows of its subject, and no other subject.
 * - An unavailable broker or missing permissions never park a row.
 *
 * Source: https://microservices.io/patterns/data/polling-publisher.html, with a wake-up after each commit.
 */
export class Relay {
  private readonly options: Required<RelayOptions>;
  private readonly pageSize: number;
  private readonly loop: BackgroundLoop;
  private readonly pollSleep = new WakeableSleep();
  private readonly backoff = new PublishBackoff();
  /** Aborted when the timeout of `stop` expires. */
  private readonly stopTimeout = new AbortController();
  private session: RelaySession | undefined;
  private interruption: unknown;

  constructor(options: RelayOptions) {
    this.options = { inFlightMax: 1_000, pollMs: 100, attemptsMax: 5, ...options };
    // Half of the bound: while one page is being confirmed, the next is read and published.
    this.pageSize = Math.ceil(this.options.inFlightMax / 2);
    this.loop = new BackgroundLoop({
      intervalMs: STANDBY_INTERVAL_MS,
      runOnce: () =>
        this.runSession().catch((error: unknown) => {
          this.interruption = error;
          throw error;
        }),
      log: options.log,
      failureMessage: 'relay interrupted; restarting',
    });
  }

  /** Starts in the background. Call it once. An unavailable database or broker is retried until `stop`. */
  start(): void {
    this.loop.start();
  }

  /** Whether this replica's relay is the active one. */
  get isActive(): boolean {
    return this.session !== undefined;
  }

  /** The error that ended the last session; undefined once the outbox is read again, or another replica's relay is active. */
  get interruptedBy(): unknown {
    return this.interruption;
  }

  /** Why an available broker does not take all events; undefined when no row is delayed. */
  get backoffReason(): string | undefined {
    return this.backoff.reason;
  }

  /** Ends the pause between two reads. Cheap; call it after every commit that added events. */
  wake(): void {
    this.pollSleep.wake();
  }

  /**
   * Publishes the pending rows and stops, at the latest after `timeoutMs` (default 5,000). Never rejects. Rows that are
   * still pending are published after the next start.
   */
  async stop(timeoutMs = 5_000): Promise<void> {
    const stopped = this.loop.stop();
    this.pollSleep.wake();
    const timer = setTimeout(() => {
      this.stopTimeout.abort();
      this.pollSleep.wake();
      this.session?.destroy();
    }, timeoutMs);
    await stopped;
    clearTimeout(timer);
  }

  /** Resolves immediately when another replica's relay is active. */
  private async runSession(): Promise<void> {
    const { databaseUrl, applicationName } = this.options;
    const session = await RelaySession.open(databaseUrl, applicationName);
    if (!session) {
      this.interruption = undefined;
      return;
    }
    this.session = session;
    try {
      await this.relayPages({ session, inFlight: new InFlight(), page: [], coverage: 'complete' });
    } finally {
      await session.close();
      this.session = undefined;
    }
  }

  /** The loop of the active relay. Rejects when the session is lost; `BackgroundLoop` then starts a new session. */
  private async relayPages(state: RelayState): Promise<void> {
    while (!this.stopTimeout.signal.aborted) {
      await this.waitForBroker(state);
      await this.readPage(state);
      this.interruption = undefined;
      if (state.coverage === 'drained') return;
      await this.publishPage(state);
      if (this.canReadAhead(state)) continue;
      await this.settleFinishedPages(state);
      await this.sleepUnlessBusy(state);
    }
  }

  /** Waits while the broker is disconnected or in a resource alarm. Marks confirmed rows first: the wait may be long. */
  private async waitForBroker({ session, inFlight }: RelayState): Promise<void> {
    const { publisher } = this.options;
    if (publisher.isAvailable) return;
    await session.mark(inFlight.takeConfirmed());
    await session.waitWithHeartbeat(publisher.whenAvailable(this.stopTimeout.signal));
  }

  /** Marks the confirmed rows and reads the next page in one statement, without the subjects in flight. */
  private async readPage(state: RelayState): Promise<void> {
    const { session, inFlight } = state;
    const isStopping = this.loop.isStopping; // before the read, which then sees every row committed before `stop`
    const { subjects, slots } = this.backoff.delayed();
    const excluded = { subjects: [...subjects, ...inFlight.subjects()], slots };
    state.page = await session.markAndRead(inFlight.takeConfirmed(), excluded, this.pageSize);
    if (state.page.length === this.pageSize) state.coverage = 'backlog';
    else if (inFlight.rowCount > 0) state.coverage = 'partial';
    else state.coverage = isStopping && state.page.length === 0 ? 'drained' : 'complete';
  }

  /** Publishes the page without waiting for confirms, except for rows that must be in flight alone. */
  private async publishPage(state: RelayState): Promise<void> {
    if (state.page.length === 0) return;
    const { pipelined, isolated } = this.backoff.split(state.page);
    hitFailpoint('relay.before-publish');
    if (pipelined.length > 0) this.publish(state, pipelined);
    if (isolated.length === 0) return;
    while (state.inFlight.rowCount > 0) await this.settleFinishedPages(state);
    for (const row of isolated) {
      this.publish(state, [row]);
      if (!(await this.settleFinishedPages(state))) return;
    }
  }

  /** Starts publishing without waiting; `inFlight` collects the outcome. */
  private publish({ session, inFlight }: RelayState, rows: readonly PendingRow[]): void {
    const { publisher, brokerUser } = this.options;
    inFlight.add(rows, publishRows(rows, { publisher, brokerUser, isLost: () => session.isLost }));
  }

  /** In a backlog, the next page is read while this one is being confirmed, as far as `inFlightMax` permits. */
  private canReadAhead({ coverage, inFlight }: RelayState): boolean {
    const fits = inFlight.rowCount + this.pageSize <= this.options.inFlightMax;
    return coverage === 'backlog' && fits && this.backoff.delayMs === 0;
  }

  /** Waits until at least one page is finished. Resolves to false when a row of a finished page failed. */
  private async settleFinishedPages({ session, inFlight }: RelayState): Promise<boolean> {
    if (inFlight.rowCount === 0) return true;
    await session.waitWithHeartbeat(inFlight.whenPageFinished());
    const { confirmed, failed, isIsolated } = inFlight.takeFinished();
    pageSettled.publish({
      confirmed: confirmed.length,
      lagSeconds: publishLags(confirmed),
      failures: failed.map(({ error }) => error),
    });
    this.backoff.onConfirmed(confirmed);
    if (failed.length === 0) return true;
    await session.mark(inFlight.takeConfirmed());
    await this.settleFailures(session, failed, isIsolated);
    if (!this.loop.isStopping) await this.pollSleep.sleep(this.options.pollMs);
    return false;
  }

  /** Confirmed rows are marked by the next read, so the sleep also saves a commit. */
  private async sleepUnlessBusy({ coverage, inFlight }: RelayState): Promise<void> {
    const isIdle = coverage === 'complete' && inFlight.rowCount === 0;
    if (isIdle && !this.loop.isStopping) await this.pollSleep.sleep(this.options.pollMs);
    const { delayMs } = this.backoff;
    if (delayMs > 0) await delay(delayMs, undefined, { signal: this.stopTimeout.signal });
  }

  /** Delays or parks the rows at fault. Rows that failed with the connection or the channel are published again. */
  private async settleFailures(
    session: RelaySession,
    failed: PublishResult['failed'],
    isIsolated: boolean,
  ): Promise<void> {
    const { log, attemptsMax } = this.options;
    const onClosedChannel = failed.filter(({ error }) => isChannelError(error)).map(({ row }) => row);
    const isAtFault = onClosedChannel.length > 0 && this.backoff.onChannelClosed(onClosedChannel, isIsolated);
    for (const { row, error } of failed) {
      if (error instanceof PublishNackedError) {
        if (!this.backoff.onNacked(row)) continue;
        log.warn(
          { err: error, routingKey: row.routingKey, slot: row.slot },
          'queue rejects events; slot delayed',
        );
      } else if (error instanceof UnpublishableError)
        await this.recordFailure(session, row, error, PARK_AT_ONCE);
      else if (isAtFault) await this.recordFailure(session, row, error, attemptsMax);
    }
  }

  /** Counts a failed attempt of a row that is at fault, and logs whether it is retried or parked. */
  private async recordFailure(
    session: RelaySession,
    row: PendingRow,
    error: Error,
    attemptsMax: number,
  ): Promise<void> {
    const { log } = this.options;
    const { attempts, isParked } = await session.countFailure(row, error.message, attemptsMax);
    const fields = { err: error, messageId: row.id, subject: row.subject, attempts };
    if (isParked) {
      this.backoff.forget(row);
      log.error(fields, 'event parked: it cannot be published');
    } else {
      log.warn(fields, 'event not published; retrying');
    }
  }
}

/** Whether the broker closed the channel because of a row; a lost connection has no cause. */
function isChannelError(error: Error): boolean {
  return error instanceof PublishOutcomeUnknownError && error.cause !== undefined;
}
