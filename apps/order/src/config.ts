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
      /** Max event streams of one caller; one more gets 429. Default 20. */
      STREAMS_PER_CALLER_MAX: integer({ min: 1, max: 100_000 }).default(20),
      /** Orders of one customer per minute and process; one more gets 429. Default 60. */
      ORDERS_PER_MINUTE: integer({ min: 1, max: 10_000_000 }).default(60),
      /** Units of one customer per minute and process; further orders get 429. Default 10,000. */
      UNITS_PER_MINUTE: integer({ min: 1, max: 1_000_000_000 }).default(10_000),
      /** Declined payments of one customer per minute and process; further orders get 429. Default 10. */
      DECLINES_PER_MINUTE: integer({ min: 1, max: 10_000_000 }).default(10),
      /** Time, in hours, during which a customer may cancel a completed order; support may later. Default 7 days. */
      CANCEL_WITHIN_HOURS: integer({ min: 0, max: 100_000 }).default(7 * 24),
      /** Time, in hours, during which a repeated request gets the first response. Default 7 days. */
      IDEMPOTENCY_KEY_RETENTION_HOURS: retentionHours({ min: 24 }).default(7 * 24),
    })
    .check(checkRetentions),
);
