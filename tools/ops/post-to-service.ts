import { type CommandContext, missingVariable } from './command-context.js';
import type { ConfirmOptions } from './confirm-options.js';
import { RefusedError } from './terminal.js';

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Calls `POST /operator/<path>` of a service, which performs the action and records it in its operator log.
 *
 * @throws RefusedError when the service refuses or is unavailable
 */
export async function postToService<Result extends object>(
  context: CommandContext,
  service: 'order' | 'payment',
  path: string,
  body: object,
  { operator }: ConfirmOptions,
): Promise<Result> {
  const { orderUrl, paymentUrl, accessToken } = context.config;
  const url = { order: orderUrl, payment: paymentUrl }[service];
  if (url === undefined) throw missingVariable(`${service.toUpperCase()}_URL`);
  const token = accessToken ?? (await context.issueToken(context.operatorName(operator), ['operator']));
  const response = await fetch(new URL(`/operator/${path}`, url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  }).catch((error: Error) => {
    throw new RefusedError(`the ${service} service is unavailable: ${error.message}`, 2, { cause: error });
  });
  const result = (await response.json().catch(() => ({}))) as Result & { readonly detail?: string };
  if (response.ok) return result;
  throw new RefusedError(result.detail ?? `the ${service} service responded with status ${response.status}`);
}
