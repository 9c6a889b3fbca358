import type { z } from 'zod';
import { integer } from '#config';

/**
 * A retention in whole hours, up to ten years.
 *
 * @param options.min default 1: the auditor needs the rows of the last hour
 */
export function retentionHours({ min = 1 } = {}) {
  return integer({ min, max: 24 * 366 * 10 });
}

/** The retention variables of every service. Spread them into its schema, and add {@link checkRetentions} as a check. */
export function retentionVariables() {
  return {
    /** Ids of handled messages, in hours: a later duplicate is handled again. Default 336. */
    INBOX_RETENTION_HOURS: retentionHours().default(14 * 24),
    /** Published events, in hours since their publication. Default 72. */
    OUTBOX_RETENTION_HOURS: retentionHours().default(3 * 24),
    /** Dead letters, in hours since their replay or discard. Open dead letters are kept. Default 168. */
    DEAD_LETTER_RETENTION_HOURS: retentionHours().default(7 * 24),
    /** Entries of the operator log, in hours. Default 8,760. */
    OPERATOR_LOG_RETENTION_HOURS: retentionHours().default(365 * 24),
  };
}

interface Retentions {
  readonly INBOX_RETENTION_HOURS: number;
  readonly OUTBOX_RETENTION_HOURS: number;
  readonly DEAD_LETTER_RETENTION_HOURS: number;
}

/** The retries of a message take under three minutes; the remaining time covers clock differences and a backlog. */
const MARGIN_HOURS = 1;

const REDELIVERY_SOURCES = [
  ['OUTBOX_RETENTION_HOURS', 'an event published again from the outbox'],
  ['DEAD_LETTER_RETENTION_HOURS', 'a dead letter replayed at the last moment'],
] as const;

/**
 * A check for the schema of a configuration: `z.object({ ...retentionVariables() }).check(checkRetentions)`. It reports a
 * problem when the outbox or the dead letters keep a message as long as the inbox keeps its id: publishing it again could
 * then handle it twice.
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
