import { setTimeout as delay } from 'node:timers/promises';
import { hitFailpoint } from '#failpoints';
import { WakeableSleep } from '#concurrency';
import {
  type ConfirmPublisher,
  encodeEnvelope,
  messageProperties,
  PublishOutcomeUnknownError,
  PublishNackedError,
  UnpublishableError,
} from '#messaging';
import { type Log } from '#observability';
import { PublishBackoff } from './backoff.js';
import { InFlight, type PublishResult } from './in-flight.js';
import { pageSettled } from './relay-diagnostics.js';
import { type PendingRow, RelaySession } from './relay-session.js';

export interface RelayOptions {
  readonly databaseUrl: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Its own: a channel that another's message closes would cast doubt on the rows in flight. */
  readonly publisher: ConfirmPublisher;
  /** The broker user that `publisher` is logged in as. */
  readonly brokerUser: string;
  readonly log: Log;
  /** Most rows in flight, that is, published and not yet confirmed. Default 1,000. */
  readonly inFlightMax?: number;
  /** How long the relay sleeps when nobody wakes it, in ms: what other replicas add waits so long. Default 100. */
  readonly pollMs?: number;
  /** How often a row may fail alone before it is set aside. Default 5. */
  readonly attemptsMax?: number;
}

const STANDBY_INTERVAL_MS = 1_000;
/** Of what may be in flight, how much is read at a time: while one page is confirmed, another is read and sent. */
const PAGE_FRACTION = 1 / 2;
/** Nobody could handle more: it is the limit of the consuming side. */
const BODY_BYTES_MAX = 256 * 1024;

/**
 * Publishes committed outbox rows, in order, with publisher confirms. A row counts as published only after its
 * confirm; a crash before it is marked sends it again under the same id, which consumers recognise.
 *
 * One relay per service is active, the others stand by for its lock. Of one subject at most one row is in flight, so
 * that a failure cannot reorder. A refusal (a full queue) holds back the row's slot, of which one row is tried again
 * after a growing pause. When the broker closes the channel because of a row, the rows that were in flight go one at a
 * time; the one that fails alone while others get through is set aside after some tries, and holds back later rows of
 * its own subject and no other. Nothing is set aside because the broker, or our right to publish, is gone.
 */
export class Relay {
  private readonly standby = new AbortController();
  private readonly stopping = new AbortController();
  private readonly pollSleep = new WakeableSleep();
  private readonly backoff = new PublishBackoff();
  private session: RelaySession | undefined;
  private running: Promise<void> = Promise.resolve();
  private isDraining = false;

  constructor(private readonly options: RelayOptions) {}

  start(): void {
    this.running = this.run();
  }

  /** Whether this replica's relay is the one at work. */
  get isActive(): boolean {
    return this.session !== undefined;
  }

  /** Why events are held back although the broker is there, if they are. */
  get backoffReason(): string | undefined {
    return this.backoff.reason;
  }

  /** There is something new to publish. Cheap; call it after every commit that added events. */
  wake(): void {
    this.pollSleep.wake();
  }

  /** Publishes what is pending, for at most `timeoutMs`, and stops. What is left goes out after the next start. */
  async stop(timeoutMs = 5_000): Promise<void> {
    this.isDraining = true;
    this.standby.abort();
    this.pollSleep.wake();
    const timer = setTimeout(() => {
      this.stopping.abort();
      this.pollSleep.wake();
      this.session?.destroy();
    }, timeoutMs);
    await this.running;
    clearTimeout(timer);
  }

  private async run(): Promise<void> {
    const { databaseUrl, applicationName, log } = this.options;
    while (!this.isDraining) {
      try {
        this.session = await RelaySession.open(databaseUrl, applicationName);
        if (this.session) await this.relayPages(this.session);
      } catch (error) {
        if (!this.stopping.signal.aborted) log.warn({ err: error }, 'relay interrupted; restarting');
      }
      await this.session?.close();
      this.session = undefined;
      // Not by the alarm: commits ring it, and a relay that stands by has nothing to do for them.
      await delay(STANDBY_INTERVAL_MS, undefined, { signal: this.standby.signal }).catch(() => {});
    }
  }

  private async relayPages(session: RelaySession): Promise<void> {
    const { publisher, inFlightMax = 1_000, pollMs = 100 } = this.options;
    const { signal } = this.stopping;
    const pageSize = Math.ceil(inFlightMax * PAGE_FRACTION);
    const inFlight = new InFlight();
    while (!signal.aborted) {
      if (!publisher.isAvailable) {
        await session.mark(inFlight.confirmed.splice(0));
        await session.waitWithHeartbeat(publisher.whenAvailable(signal));
      }
      const isLastRead = this.isDraining; // not if the end was asked for while we were looking
      const hasNoExclusions = inFlight.rowCount === 0;
      const rows = await this.readPage(session, inFlight, pageSize);
      const allSent = await this.publishPage(session, inFlight, rows);
      // With a backlog, the next page is read while this one is confirmed. Without, what arrives meanwhile goes together.
      const isBacklog = rows.length === pageSize && allSent && this.backoff.delayMs === 0;
      if (isBacklog && inFlight.rowCount + pageSize <= inFlightMax) continue;
      if (inFlight.rowCount > 0) await this.settleNext(session, inFlight);
      else if (rows.length === 0 && isLastRead) return;
      // What was confirmed is marked at the next look, so this waits for something to look for: one commit less.
      const isAll = hasNoExclusions && rows.length < pageSize && inFlight.rowCount === 0;
      if (isAll && !this.isDraining) await this.pollSleep.sleep(pollMs);
      if (this.backoff.delayMs > 0) await delay(this.backoff.delayMs, undefined, { signal });
    }
  }

  /** Marks what has been confirmed, and reads what may be sent now: of a subject nothing while a row of it is in flight. */
  private readPage(session: RelaySession, inFlight: InFlight, limit: number): Promise<PendingRow[]> {
    const { subjects, slots } = this.backoff.delayed();
    const excluded = { subjects: [...subjects, ...inFlight.subjects()], slots };
    return session.markAndRead(inFlight.confirmed.splice(0), excluded, limit);
  }

  /**
   * Sends a page. Rows that must travel alone do so when nothing else is in flight. Resolves to whether all of the page
   * is in flight now.
   */
  private async publishPage(
    session: RelaySession,
    inFlight: InFlight,
    rows: readonly PendingRow[],
  ): Promise<boolean> {
    if (rows.length === 0) return true;
    const { pipelined, isolated } = this.backoff.split(rows);
    hitFailpoint('relay.before-publish');
    if (pipelined.length > 0) inFlight.add(pipelined, this.sendPage(session, pipelined));
    if (isolated.length === 0) return pipelined.length === rows.length;
    while (inFlight.rowCount > 0) await this.settleNext(session, inFlight);
    for (const row of isolated) {
      inFlight.add([row], this.sendPage(session, [row]));
      if (!(await this.settleNext(session, inFlight))) return false;
    }
    return false;
  }

  private async sendPage(session: RelaySession, rows: readonly PendingRow[]): Promise<PublishResult> {
    const result: PublishResult = { confirmed: [], failed: [] };
    await Promise.all(
      [...groupBySubject(rows).values()].map(async (subjectRows) => {
        for (const row of subjectRows) {
          if (session.isLost) return; // whoever has the lock now sends it
          const error = await this.sendRow(row);
          if (error) return void result.failed.push({ row, error });
          result.confirmed.push(row);
        }
      }),
    );
    return result;
  }

  /** Resolves to why the row was not, or may not have been, published. */
  private async sendRow(row: PendingRow): Promise<Error | undefined> {
    const body = encodeEnvelope(row);
    if (body.length > BODY_BYTES_MAX)
      return new UnpublishableError(`${body.length} bytes, more than ${BODY_BYTES_MAX}`);
    try {
      await this.options.publisher.publish({
        exchange: row.exchange,
        routingKey: row.routingKey,
        body,
        properties: messageProperties(row, this.options.brokerUser),
      });
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  /**
   * Waits for the next page to finish, and decides what a failure means for its row; when the broker is away, nothing.
   * Resolves to false when something failed.
   */
  private async settleNext(session: RelaySession, inFlight: InFlight): Promise<boolean> {
    const { pollMs = 100 } = this.options;
    await session.waitWithHeartbeat(inFlight.whenPageFinished());
    const { confirmed, failed, isIsolated } = inFlight.takeFinished();
    pageSettled.publish({ confirmed: confirmed.length, failures: failed.map(({ error }) => error) });
    inFlight.confirmed.push(...confirmed);
    this.backoff.confirmed(confirmed);
    if (failed.length === 0) return true;
    await session.mark(inFlight.confirmed.splice(0));
    await this.settleFailures(session, failed, isIsolated);
    if (!this.isDraining) await this.pollSleep.sleep(pollMs);
    return false;
  }

  private async settleFailures(
    session: RelaySession,
    failed: PublishResult['failed'],
    isIsolated: boolean,
  ): Promise<void> {
    const { log, attemptsMax = 5 } = this.options;
    const channelCloses = failed.filter(
      ({ error }) => error instanceof PublishOutcomeUnknownError && error.cause,
    );
    const isAtFault =
      channelCloses.length > 0 &&
      this.backoff.channelClosed(
        channelCloses.map(({ row }) => row),
        isIsolated,
      );
    for (const { row, error } of failed) {
      if (error instanceof PublishNackedError && this.backoff.nacked(row))
        log.warn(
          { err: error, routingKey: row.routingKey },
          'the broker refuses events; they will be sent again',
        );
      else if (error instanceof UnpublishableError) await this.recordFailure(session, row, error, 1);
      else if (isAtFault) await this.recordFailure(session, row, error, attemptsMax);
    }
  }

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
      log.warn(fields, 'event could not be published; it will be tried again');
    }
  }
}

/** Rows by subject, in order; most subjects have one. */
function groupBySubject(rows: readonly PendingRow[]): Map<string, PendingRow[]> {
  const groups = new Map<string, PendingRow[]>();
  for (const row of rows) {
    const group = groups.get(row.subject);
    if (group) group.push(row);
    else groups.set(row.subject, [row]);
  }
  return groups;
}
