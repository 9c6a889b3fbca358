import { z } from 'zod';
import { integer, text, type Config } from '#config';
import { httpVariables } from '#http';

/** `GATEWAY_*`. */
export const gatewayVariables = z.object({
  // One line per request would cost more than the request.
  ...httpVariables({ port: 3003, logLevel: 'warn' }),
  /** Where the ledger is kept. Default: in memory only. */
  LEDGER_FILE: text('a path').optional(),
  /** Beyond so many idempotency keys, operations are refused with 503: what was done is never forgotten. */
  KEYS_MAX: integer({ min: 1, max: 10_000_000 }).default(1_000_000),
});

export type GatewayConfig = Config<typeof gatewayVariables>;
