import {
  ConfirmTimeoutError,
  PublishNackedError,
  PublishOutcomeUnknownError,
  UnpublishableError,
} from '#messaging';
import type { Log } from '#observability';
import type { PublishBackoff } from './backoff.js';
import type { FailedRow, InFlight } from './in-flight.js';
import type { PendingRow, RelaySession } from './relay-session.js';

/** Max attempts of a row that no retry can publish: the first failure parks it. */
const PARK_AT_ONCE = 1;
/** A slot without a confirm for this long is reported, in ms. */
const REPORT_UNCONFIRMED_AFTER_MS = 10_000;

/** Delays, parks and reports rows that are not confirmed. */
export class PublishFailures {
  /** Slots that are reported to confirm nothing. */
  private readonly reported = new Set<string>();

  constructor(
    private readonly backoff: PublishBackoff,
    private readonly options: { readonly log: Log; readonly attemptsMax: number },
  ) {}

  /** Delays or parks the rows at fault. Rows that failed with the connection or the channel are published again. */
  async resolve(session: RelaySession, failed: readonly FailedRow[]): Promise<void> {
    const closed = failed.filter(({ error }) => isChannelError(error));
    const suspects = closed.filter(({ isSuspect }) => isSuspect).map(({ row }) => row);
    const isAtFault = suspects.length > 0 && this.backoff.onChannelClosed(suspects, suspects.length === 1);
    for (const { row, error } of failed) {
      if (error instanceof PublishNackedError) this.delaySlot(row, error, 'queue rejects events');
      else if (error instanceof ConfirmTimeoutError)
        this.delaySlot(row, error, 'queue does not confirm events');
      else if (error instanceof UnpublishableError) await this.count(session, row, error, PARK_AT_ONCE);
      else if (isAtFault && suspects.includes(row))
        await this.count(session, row, error, this.options.attemptsMax);
    }
  }

  /** Logs each slot that has confirmed nothing for 10 s, once until it confirms again. */
  report(inFlight: InFlight, confirmed: readonly PendingRow[]): void {
    if (this.reported.size > 0) for (const { slot } of confirmed) this.reported.delete(slot);
    for (const { row, waitedMs } of inFlight.unconfirmedFor(REPORT_UNCONFIRMED_AFTER_MS)) {
      const { slot, routingKey } = row;
      if (this.reported.has(slot)) continue;
      this.reported.add(slot);
      this.options.log.warn({ slot, routingKey, waitedMs: Math.round(waitedMs) }, 'no confirm for 10 s');
    }
  }

  /** The reason for the readiness report, with the slots; undefined when no row is delayed. */
  describe(inFlight: InFlight): string | undefined {
    const unconfirmed = inFlight.unconfirmedFor(REPORT_UNCONFIRMED_AFTER_MS).map(({ row, waitedMs }) => {
      return `slot ${row.slot}: no confirm of ${row.routingKey} for ${Math.round(waitedMs / 1_000)} s`;
    });
    const reasons = [...this.backoff.reasons, ...unconfirmed];
    return reasons.length > 0 ? reasons.join('; ') : undefined;
  }

  private delaySlot({ slot, routingKey }: PendingRow, error: Error, problem: string): void {
    if (!this.backoff.onSlotFailed(slot, problem)) return;
    this.options.log.warn({ err: error, routingKey, slot }, `${problem}; slot delayed`);
  }

  /** Counts a failed attempt of a row that is at fault, and logs whether it is retried or parked. */
  private async count(
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
