import { z } from 'zod';
import { durationMs, integer, loadConfig } from '#config';
import { retentionHours, checkRetentions, serviceVariables } from '#runtime';

/** `ORDER_…` variables. */
export const config = loadConfig(
  'ORDER',
  z
    .object({
      ...serviceVariables({ port: 3000 }),
      /** Time, in ms, after which a pending order is cancelled. Default 15 minutes. */
      DEADLINE_MS: durationMs({ min: 100, max: 86_400_000 }).default(15 * 60_000),
      /**
       * Longest time, in ms, by which an outage moves a deadline: unpublished events, unread answers. Default 24 hours.
       */
      DEADLINE_EXTENSION_MAX_MS: durationMs({ min: 0, max: 30 * 86_400_000 }).default(86_400_000),
      /** Max event streams of this process; one more gets 503. Default 5,000. */
      STREAMS_MAX: integer({ min: 1, max: 100_000 }).default(5_000),
      /** Time, in hours, during which a customer may cancel a completed order; support may later. Default 7 days. */
      CANCEL_WITHIN_HOURS: integer({ min: 0, max: 100_000 }).default(7 * 24),
      /** Time, in hours, during which a repeated request gets the first response. Default 7 days. */
      IDEMPOTENCY_KEY_RETENTION_HOURS: retentionHours({ min: 24 }).default(7 * 24),
    })
    .check(checkRetentions),
);
