import { z } from 'zod';
import { durationMs, loadConfig } from '#config';
import { retentionHours, checkRetentions, serviceVariables } from '#runtime';

/** `ORDER_…` variables. */
export const config = loadConfig(
  'ORDER',
  z
    .object({
      ...serviceVariables({ port: 3000 }),
      /** How long an order may stay pending before it is cancelled. */
      DEADLINE_MS: durationMs({ min: 100, max: 86_400_000 }).default(15 * 60_000),
      /** How late a client may still repeat a request under its key. */
      IDEMPOTENCY_KEY_RETENTION_HOURS: retentionHours({ min: 24 }).default(7 * 24),
    })
    .check(checkRetentions),
);
