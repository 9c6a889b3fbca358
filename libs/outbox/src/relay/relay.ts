import { setTimeout as delay } from 'node:timers/promises';
import { crashPoint } from '#failpoints';
import { Alarm } from '#concurrency';
import {
  type ConfirmPublisher,
  encodeEnvelope,
  messageProperties,
  PublishOutcomeUnknown,
  PublishRefused,
  Unpublishable,
} from '#messaging';
import { type MessagingLog } from '#observability';
import { Holds } from './backoff.js';
import { InFlight, type Sent } from './in-flight.js';
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
  readonly log: MessagingLog;
  /** Most rows in flight, that is, published and not yet confirmed. Default 1,000. */
  readonly inFlightMax?: number;
  /** How long the relay sleeps when nobody wakes it, in ms: what other replicas add waits so long. Default 100. */
  readonly pollMs?: number;
  /** How often a row may fail alone before it is set aside. Default 5. */
  readonly attemptsMax?: number;
}

const STANDBY_MS = 1_000;
/** Of what may be in flight, how much is read at a time: while one page is confirmed, another is read and sent. */
const PAGE_PART = 1 / 2;
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
  private readonly standingBy = new AbortController();
  private readonly stopping = new AbortController();
  private readonly alarm = new Alarm();
  private readonly holds = new Holds();
  private session: RelaySession | undefined;
  private running: Promise<void> = Promise.resolve();
  private draining = false;

  constructor(private readonly options: RelayOptions) {}

  start(): void {
    this.running = this.run();
  }

  /** Whether this replica's relay is the one at work. */
  get active(): boolean {
    return this.session !== undefined;
  }

  /** Why events are held back although the broker is there, if they are. */
  get trouble(): string | undefined {
    return this.holds.trouble;
  }

  /** There is something new to publish. Cheap; call it after every commit that added events. */
  wake(): void {
    this.alarm.ring();
  }

  /** Publishes what is pending, for at most `timeoutMs`, and stops. What is left goes out after the next start. */
  async stop(timeoutMs = 5_000): Promise<void> {
    this.draining = true;
    this.standingBy.abort();
    this.alarm.ring();
    const timer = setTimeout(() => {
      this.stopping.abort();
      this.alarm.ring();
      this.session?.abandon();
    }, timeoutMs);
    await this.running;
    clearTimeout(timer);
  }

  private async run(): Promise<void> {
    const { databaseUrl, applicationName, log } = this.options;
    while (!this.draining) {
      try {
        this.session = await RelaySession.open(databaseUrl, applicationName);
        if (this.session) await this.work(this.session);
      } catch (error) {
        if (!this.stopping.signal.aborted) log.warn({ err: error }, 'relay interrupted; it will begin again');
      }
      await this.session?.close();
      this.session = undefined;
      // Not by the alarm: commits ring it, and a relay that stands by has nothing to do for them.
      await delay(STANDBY_MS, undefined, { signal: this.standingBy.signal }).catch(() => {});
    }
  }

  private async work(session: RelaySession): Promise<void> {
    const { publisher, inFlightMax = 1_000, pollMs = 100 } = this.options;
    const { signal } = this.stopping;
    const pageSize = Math.ceil(inFlightMax * PAGE_PART);
    const inFlight = new InFlight();
    while (!signal.aborted) {
      if (!publisher.available) {
        await session.mark(inFlight.confirmed.splice(0));
        await session.during(publisher.whenAvailable(signal));
      }
      const isLastLook = this.draining; // not if the end was asked for while we were looking
      const nothingWasLeftOut = inFlight.rowCount === 0;
      const rows = await this.read(session, inFlight, pageSize);
      const allSent = await this.publish(session, inFlight, rows);
      // With a backlog, the next page is read while this one is confirmed. Without, what arrives meanwhile goes together.
      const isBacklog = rows.length === pageSize && allSent && this.holds.pauseMs === 0;
      if (isBacklog && inFlight.rowCount + pageSize <= inFlightMax) continue;
      if (inFlight.rowCount > 0) await this.settleNext(session, inFlight);
      else if (rows.length === 0 && isLastLook) return;
      // What was confirmed is marked at the next look, so this waits for something to look for: one commit less.
      const isAll = nothingWasLeftOut && rows.length < pageSize && inFlight.rowCount === 0;
      if (isAll && !this.draining) await this.alarm.sleep(pollMs);
      if (this.holds.pauseMs > 0) await delay(this.holds.pauseMs, undefined, { signal });
    }
  }

  /** Marks what has been confirmed, and reads what may be sent now: of a subject nothing while a row of it is in flight. */
  private read(session: RelaySession, inFlight: InFlight, limit: number): Promise<PendingRow[]> {
    const { subjects, slots } = this.holds.waiting();
    const waiting = { subjects: [...subjects, ...inFlight.subjects()], slots };
    return session.markAndRead(inFlight.confirmed.splice(0), waiting, limit);
  }

  /**
   * Sends a page. Rows that must travel alone do so when nothing else is in flight. Resolves to whether all of the page
   * is in flight now.
   */
  private async publish(
    session: RelaySession,
    inFlight: InFlight,
    rows: readonly PendingRow[],
  ): Promise<boolean> {
    if (rows.length === 0) return true;
    const { together, alone } = this.holds.divide(rows);
    crashPoint('relay: before publish');
    if (together.length > 0) inFlight.add(together, this.send(session, together));
    if (alone.length === 0) return together.length === rows.length;
    while (inFlight.rowCount > 0) await this.settleNext(session, inFlight);
    for (const row of alone) {
      inFlight.add([row], this.send(session, [row]));
      if (!(await this.settleNext(session, inFlight))) return false;
    }
    return false;
  }

  private async send(session: RelaySession, rows: readonly PendingRow[]): Promise<Sent> {
    const sent: Sent = { confirmed: [], failed: [] };
    await Promise.all(
      [...bySubject(rows).values()].map(async (ofSubject) => {
        for (const row of ofSubject) {
          if (session.lost) return; // whoever has the lock now sends it
          const error = await this.sendOne(row);
          if (error) return void sent.failed.push({ row, error });
          sent.confirmed.push(row);
        }
      }),
    );
    return sent;
  }

  /** Resolves to why the row was not, or may not have been, published. */
  private async sendOne(row: PendingRow): Promise<Error | undefined> {
    const body = encodeEnvelope(row);
    if (body.length > BODY_BYTES_MAX)
      return new Unpublishable(`${body.length} bytes, more than ${BODY_BYTES_MAX}`);
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
    await session.during(inFlight.someFinished());
    const { confirmed, failed, alone } = inFlight.take();
    pageSettled.send({ confirmed: confirmed.length, failures: failed.map(({ error }) => error) });
    inFlight.confirmed.push(...confirmed);
    this.holds.confirmed(confirmed);
    if (failed.length === 0) return true;
    await session.mark(inFlight.confirmed.splice(0));
    await this.settleFailures(session, failed, alone);
    if (!this.draining) await this.alarm.sleep(pollMs);
    return false;
  }

  private async settleFailures(session: RelaySession, failed: Sent['failed'], alone: boolean): Promise<void> {
    const { log, attemptsMax = 5 } = this.options;
    const complaints = failed.filter(({ error }) => error instanceof PublishOutcomeUnknown && error.cause);
    const guilty =
      complaints.length > 0 &&
      this.holds.complained(
        complaints.map(({ row }) => row),
        alone,
      );
    for (const { row, error } of failed) {
      if (error instanceof PublishRefused && this.holds.refused(row))
        log.warn(
          { err: error, routingKey: row.routingKey },
          'the broker refuses events; they will be sent again',
        );
      else if (error instanceof Unpublishable) await this.blame(session, row, error, 1);
      else if (guilty) await this.blame(session, row, error, attemptsMax);
    }
  }

  private async blame(
    session: RelaySession,
    row: PendingRow,
    error: Error,
    attemptsMax: number,
  ): Promise<void> {
    const { log } = this.options;
    const { attempts, setAside } = await session.countFailure(row, error.message, attemptsMax);
    const fields = { err: error, messageId: row.id, subject: row.subject, attempts };
    if (setAside) {
      this.holds.forget(row);
      log.error(fields, 'event set aside: it cannot be published');
    } else {
      log.warn(fields, 'event could not be published; it will be tried again');
    }
  }
}

/** Rows by subject, in order; most subjects have one. */
function bySubject(rows: readonly PendingRow[]): Map<string, PendingRow[]> {
  const groups = new Map<string, PendingRow[]>();
  for (const row of rows) {
    const group = groups.get(row.subject);
    if (group) group.push(row);
    else groups.set(row.subject, [row]);
  }
  return groups;
}
