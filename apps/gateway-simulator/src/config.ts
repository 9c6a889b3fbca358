import { z } from 'zod';
import { durationMs, integer, text, type Config } from '#config';
import { httpVariables } from '#http';

/** `GATEWAY_*`. */
export const gatewayVariables = z.object({
  // A log line per request takes more CPU than the request.
  ...httpVariables({ port: 3003, logLevel: 'warn' }),
  /** Path of the ledger's file. Default: in memory only. */
  LEDGER_FILE: text('a path').optional(),
  /** Most idempotency keys. A request with one more is a 503, because keys are never deleted. Default 1,000,000. */
  KEYS_MAX: integer({ min: 1, max: 10_000_000 }).default(1_000_000),
  /** Age at which a decided idempotency key is forgotten: its next request is executed again. Default: never. */
  KEY_RETENTION_MS: durationMs({ min: 100, max: 30 * 24 * 3_600_000 }).optional(),
});

export type GatewayConfig = Config<typeof gatewayVariables>;
