import { z } from 'zod';
import { durationMs, integer, loadConfig, url } from '#config';
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
      /** Age since its outcome at which a gateway operation is deleted. */
      GATEWAY_OPERATION_RETENTION_HOURS: retentionHours().default(90 * 24),
    })
    .check(checkRetentions),
);
