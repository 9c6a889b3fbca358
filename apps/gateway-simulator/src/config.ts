import { z } from 'zod';
import { integer, text, type Config } from '#config';
import { httpVariables } from '#http';

/** `GATEWAY_*`. */
export const gatewayVariables = z.object({
  // A log line per request takes more CPU than the request.
  ...httpVariables({ port: 3003, logLevel: 'warn' }),
  /** Path of the ledger's file. Default: in memory only. */
  LEDGER_FILE: text('a path').optional(),
  /** Most idempotency keys. A request with one more is a 503, because keys are never deleted. Default 1,000,000. */
  KEYS_MAX: integer({ min: 1, max: 10_000_000 }).default(1_000_000),
});

export type GatewayConfig = Config<typeof gatewayVariables>;
