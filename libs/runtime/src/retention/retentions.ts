import type { z } from 'zod';
import { integer } from '#config';

/** How long a table keeps its rows, in whole hours. At least one: the auditor counts on the last hour being there. */
export function retentionHours({ min = 1 } = {}) {
  return integer({ min, max: 24 * 366 * 10 });
}

/** What every service keeps for a while; to be spread into the schema of its configuration, with {@link checkRetentions}. */
export function retentionVariables() {
  return {
    /** Ids of messages that were handled: how late a duplicate is still recognised. */
    INBOX_RETENTION_HOURS: retentionHours().default(14 * 24),
    /** Events, from when they were published. */
    OUTBOX_RETENTION_HOURS: retentionHours().default(3 * 24),
    /** Dead letters, from when they were replayed or discarded. Open ones stay. */
    DEAD_LETTER_RETENTION_HOURS: retentionHours().default(7 * 24),
    /** The record of what operators did, and why. */
    OPERATOR_LOG_RETENTION_HOURS: retentionHours().default(365 * 24),
  };
}

interface Retentions {
  readonly INBOX_RETENTION_HOURS: number;
  readonly OUTBOX_RETENTION_HOURS: number;
  readonly DEAD_LETTER_RETENTION_HOURS: number;
}

/** All retries of a message take under three minutes; the rest is for clocks, and for queues that are long. */
const MARGIN_HOURS = 1;

const REDELIVERY_SOURCES = [
  ['OUTBOX_RETENTION_HOURS', 'an event published again from the outbox'],
  ['DEAD_LETTER_RETENTION_HOURS', 'a dead letter replayed at the last moment'],
] as const;

/**
 * Refuses retentions under which a message could come again after its service has forgotten that it handled it:
 * `z.object({ ...retentionVariables() }).check(checkRetentions)`.
 */
export function checkRetentions({ value, issues }: z.core.ParsePayload<Retentions>): void {
  const inbox = value.INBOX_RETENTION_HOURS;
  for (const [name, source] of REDELIVERY_SOURCES) {
    const hoursMin = value[name] + MARGIN_HOURS;
    if (inbox >= hoursMin) continue;
    const message =
      `is ${inbox}, and ${name} is ${value[name]}: ${source} would be handled a second time. ` +
      `Set it to ${hoursMin} or more, or ${name} to ${inbox - MARGIN_HOURS} or less`;
    issues.push({ code: 'custom', path: ['INBOX_RETENTION_HOURS'], message, input: value });
  }
}
