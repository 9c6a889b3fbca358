import { setTimeout as delay } from 'node:timers/promises';
import { BackgroundLoop, WakeableSleep } from '#concurrency';
import { hitFailpoint } from '#failpoints';
import { type ConfirmPublisher, type HeldSlots, SLOT_COUNT } from '#messaging';
import { DiagnosticChannel, type Log } from '#observability';
import { PublishBackoff } from './backoff.js';
import { InFlight } from './in-flight.js';
import { type Page, PageReader } from './page-reader.js';
import { PublishFailures } from './publish-failures.js';
import { groupBy, publishLags, publishRows } from './publish-rows.js';
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
  /**
   * Most rows that are read and not yet confirmed. Each slot gets a sixteenth, so below 16 a slot that does not confirm can
   * hold back the others. Default 1,000.
   */
  readonly inFlightMax?: number;
  /** Queues per consumer, as provisioned: 1, 2, 4, 8 or 16. Default 4. */
  readonly partitions?: number;
  /**
   * Longest pause between two reads of an idle outbox, in ms. Bounds the delay of events that another replica adds,
   * since only commits of the same process wake the relay. Default 100.
   */
  readonly pollMs?: number;
  /** Failed attempts after which a row is parked, counting only attempts that failed alone. Default 5. */
  readonly attemptsMax?: number;
  /** The slots to leave in the outbox, asked before each read; see `RouteCheck`. Default none. */
  readonly heldSlots?: () => HeldSlots | undefined;
}

/**
 * Published when the outcome of rows is known: number of rows confirmed, seconds from the insert to the confirm of each, and
 * one error for each row that was not.
 */
export const pageSettled = new DiagnosticChannel<{
  readonly confirmed: number;
  readonly lagSeconds: readonly number[];
  readonly failures: readonly Error[];
}>('relay-page-settled');

/** Pause before the relay tries again to become active, in ms. */
const STANDBY_INTERVAL_MS = 1_000;
/**
 * RabbitMQ stops reading from a connection soon after 32 publications to one queue are unconfirmed. A queue that does not
 * confirm must stay below, or it would stop the connection for all queues. Source: `quorum_commands_soft_limit`.
 */
const UNCONFIRMED_PER_QUEUE_MAX = 31;
/** Longest wait for rows in flight before a row is published alone, and for its outcome, in ms. */
const ALONE_MAX_MS = 2_000;

/** State of the active relay. It ends with the session; a new session reads unmarked rows again. */
interface RelayState {
  readonly session: RelaySession;
  readonly inFlight: InFlight;
  readonly reader: PageReader;
  /** The rows read last. */
  page: Page;
}

/**
 * Publishes committed outbox rows with publisher confirms, at least once, in order per subject.
 *
 * - A row is marked as published only after its confirm. After a crash in between, the row is published again under the
 *   same id, and the consumer's inbox discards the duplicate.
 * - One relay per service is active; the relays of other replicas stand by for its advisory lock.
 * - At most one row per subject is in flight, so a failed publish cannot reorder events.
 * - A row that its queue rejects or does not confirm delays its slot, and no other: the slot has a share of the rows in
 *   flight. After a growing delay one row of the slot probes the queue.
 * - A channel error does not name the row that caused it: the rows in flight are then published one at a time.
 * - A row that fails alone while other rows are confirmed is parked after `attemptsMax` attempts. A parked row holds
 *   back later rows of its subject, and no other subject.
 * - An unavailable broker or missing permissions never park a row.
 * - A slot that lacks a binding stays in the outbox until `heldSlots` releases it.
 *
 * Source: https://microservices.io/patterns/data/polling-publisher.html, with a wake-up after each commit.
 */
export class Relay {
  private readonly options: Required<RelayOptions>;
  private readonly slotSentMax: number;
  private readonly loop: BackgroundLoop;
  private readonly pollSleep = new WakeableSleep();
  private readonly backoff = new PublishBackoff();
  private readonly failures: PublishFailures;
  /** Aborted when the timeout of `stop` expires. */
  private readonly stopTimeout = new AbortController();
  private state: RelayState | undefined;
  private interruption: unknown;

  constructor(options: RelayOptions) {
    const defaults = { inFlightMax: 1_000, partitions: 4, pollMs: 100, attemptsMax: 5 };
    this.options = { ...defaults, heldSlots: () => undefined, ...options };
    const slotsPerQueue = SLOT_COUNT / this.options.partitions;
    this.slotSentMax = Math.max(1, Math.floor(UNCONFIRMED_PER_QUEUE_MAX / slotsPerQueue));
    this.failures = new PublishFailures(this.backoff, this.options);
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
    return this.state !== undefined;
  }

  /** The error that ended the last session; undefined once the outbox is read again, or another replica's relay is active. */
  get interruptedBy(): unknown {
    return this.interruption;
  }

  /** Why an available broker does not take all events, with the slots; undefined when no row is delayed. */
  get backoffReason(): string | undefined {
    if (!this.state) return undefined;
    const reasons = [this.options.heldSlots()?.reason, this.failures.describe(this.state.inFlight)];
    return reasons.filter((reason) => reason !== undefined).join('; ') || undefined;
  }

  /** Number of slots that the active relay leaves in the outbox because a binding is missing; 0 on standby. */
  get heldSlotCount(): number {
    return this.state ? (this.options.heldSlots()?.slots.size ?? 0) : 0;
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
      this.state?.session.destroy();
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
    const inFlight = new InFlight(() => this.pollSleep.wake());
    const { inFlightMax, heldSlots } = this.options;
    const reader = new PageReader(inFlightMax, this.backoff, heldSlots);
    this.state = { session, inFlight, reader, page: { rows: [], coverage: 'complete' } };
    try {
      await this.relayPages(this.state);
    } finally {
      await session.close();
      this.state = undefined;
    }
  }

  /** The loop of the active relay. Rejects when the session is lost; `BackgroundLoop` then starts a new session. */
  private async relayPages(state: RelayState): Promise<void> {
    while (!this.stopTimeout.signal.aborted) {
      await this.waitForBroker(state);
      await this.readPage(state);
      this.interruption = undefined;
      if (state.page.coverage === 'drained') return;
      await this.publishPage(state);
      // In a backlog the slots with all outcomes are read while the others are being confirmed.
      await this.awaitConfirms(state, state.page.coverage === 'backlog' ? SLOT_COUNT / 2 : 0);
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

  /** Marks the confirmed rows and reads the next page in one statement, without the slots in flight. */
  private async readPage(state: RelayState): Promise<void> {
    const isStopping = this.loop.isStopping; // before the read, which then sees every row committed before `stop`
    state.page = await state.reader.read(state.session, state.inFlight, isStopping);
  }

  /** Publishes the page without waiting for confirms, except for rows that must be in flight alone. */
  private async publishPage(state: RelayState): Promise<void> {
    const { inFlight, session, page } = state;
    if (page.rows.length === 0) return;
    const { pipelined, isolated } = this.backoff.split(page.rows);
    hitFailpoint('relay.before-publish');
    for (const rows of groupBy(pipelined, ({ slot }) => slot).values()) void this.publish(state, rows);
    if (isolated.length === 0) return;
    await session.waitWithHeartbeat(inFlight.whenAccepted(ALONE_MAX_MS));
    if (!(await this.takeOutcomes(state))) return;
    for (const row of isolated) {
      if (inFlight.has(row.slot)) continue; // read again when its slot is free
      const published = this.publish(state, [row]);
      await session.waitWithHeartbeat(
        Promise.race([published, delay(ALONE_MAX_MS, undefined, { ref: false })]),
      );
      if (!(await this.takeOutcomes(state))) return;
    }
  }

  /** Starts to publish rows of one slot; `inFlight` collects the outcome. Resolves when it is known. */
  private publish({ session, inFlight }: RelayState, rows: readonly PendingRow[]): Promise<void> {
    const { publisher, brokerUser } = this.options;
    const context = { publisher, brokerUser, sentMax: this.slotSentMax, isLost: () => session.isLost };
    return inFlight.add(rows, (onOutcome) => publishRows(rows, context, onOutcome));
  }

  /** Waits until at most `slotsMax` of the slots that confirm promptly are in flight, or a row has failed. */
  private async awaitConfirms(state: RelayState, slotsMax: number): Promise<void> {
    const { session, inFlight } = state;
    if (inFlight.promptSlotCount > slotsMax)
      await session.waitWithHeartbeat(inFlight.whenPromptSlots(slotsMax));
    await this.takeOutcomes(state);
  }

  /** Takes the outcomes that are known by now. Resolves to false when a row failed. */
  private async takeOutcomes({ session, inFlight }: RelayState): Promise<boolean> {
    const { confirmed, failed } = inFlight.takeOutcomes();
    this.failures.report(inFlight, confirmed);
    if (confirmed.length + failed.length === 0) return true;
    pageSettled.publish({
      confirmed: confirmed.length,
      lagSeconds: publishLags(confirmed),
      failures: failed.map(({ error }) => error),
    });
    this.backoff.onConfirmed(confirmed);
    if (failed.length === 0) return true;
    await session.mark(inFlight.takeConfirmed());
    await this.failures.resolve(session, failed);
    if (!this.loop.isStopping) await this.pollSleep.sleep(this.options.pollMs);
    return false;
  }

  /** Confirmed rows are marked by the next read, so the sleep also saves a commit. */
  private async sleepUnlessBusy({ page, inFlight }: RelayState): Promise<void> {
    const isIdle = page.coverage === 'complete' && (!this.loop.isStopping || !inFlight.isEmpty);
    if (isIdle) await this.pollSleep.sleep(this.options.pollMs);
    const { delayMs } = this.backoff;
    if (delayMs > 0) await delay(delayMs, undefined, { signal: this.stopTimeout.signal });
  }
}
