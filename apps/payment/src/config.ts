import { z } from 'zod';
import { choice, durationMs, integer, loadConfig, url } from '#config';
import { retentionHours, checkRetentions, serviceVariables } from '#runtime';

/** Credentials, a query or a fragment in the URL would be dropped silently. */
function isBaseUrl(text: string): boolean {
  const { username, password, search, hash } = new URL(text);
  return [username, password, search, hash].every((part) => part === '');
}

/** `PAYMENT_…` variables. */
export const config = loadConfig(
  'PAYMENT',
  z
    .object({
      ...serviceVariables({ port: 3002 }),
      /** May have a path, which precedes every request path. */
      GATEWAY_URL: url('http').refine(isBaseUrl, 'a URL without credentials, query and fragment'),
      /** Longest duration of one request to the gateway. */
      GATEWAY_TIMEOUT_MS: durationMs({ min: 100, max: 60_000 }).default(5_000),
      /** Most requests to the gateway at once, per replica. */
      GATEWAY_CONCURRENCY: integer({ min: 1, max: 1_000 }).default(64),
      /** Failed requests in a row, of any operation, that open the circuit to the gateway. */
      GATEWAY_CIRCUIT_FAILURES_MAX: integer({ min: 1, max: 1_000 }).default(10),
      /** Pause of an open circuit before each probe: one request. */
      GATEWAY_CIRCUIT_OPEN_MS: durationMs({ min: 100, max: 600_000 }).default(5_000),
      /** Age of its first rejection at which an operation is parked although no other operation succeeds. */
      GATEWAY_PARK_AFTER_MS: durationMs({ min: 1_000, max: 7 * 24 * 3_600_000 }).default(3_600_000),
      /** How long the gateway remembers an idempotency key. Afterwards an operation is looked up before it is sent. */
      GATEWAY_KEY_RETENTION_MS: durationMs({ min: 1_000, max: 366 * 24 * 3_600_000 }).default(24 * 3_600_000),
      /** Which operations are looked up by order before they are sent. `none`: payment parks those with an older key. */
      GATEWAY_LOOKUP: choice(['none', 'old-keys', 'always']).default('old-keys'),
      /** Age since its outcome at which a gateway operation is deleted. */
      GATEWAY_OPERATION_RETENTION_HOURS: retentionHours().default(90 * 24),
    })
    .check(checkRetentions),
);
