import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';
import { brokerUrlOptions, TopologyConflictError } from '#messaging';
import { ProvisioningError } from '#runtime';
import { callManagement, type ManagementAccess, ManagementError } from './rabbitmq-management.js';

const RETRY_INTERVAL_MS = 500;
const ADMINISTRATOR_REQUIRED = 'must name an administrator with his password';

/** Waits for the broker. @throws {ProvisioningError} when it refuses us, at once; when it is still away after `withinMs` */
export function waitForBroker(url: string, withinMs: number): Promise<void> {
  return retryUntilReachable(withinMs, async () => {
    const connection = await connect(url, { timeout: 10_000, ...brokerUrlOptions(url) }).catch(
      toProvisioningError,
    );
    connection.on('error', () => {});
    await connection.close();
  });
}

/**
 * Waits until the broker listens to clients. Its management API answers sooner, and knows nobody until the broker has
 * loaded its users: who asks then is told that his password is wrong.
 */
export function waitForListener(url: string, withinMs: number): Promise<void> {
  const { hostname, port, protocol } = new URL(url);
  const at = { host: hostname, port: Number(port || (protocol === 'amqps:' ? 5671 : 5672)) };
  return retryUntilReachable(withinMs, async () => {
    const socket = connectSocket(at);
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(10_000) });
    } finally {
      socket.destroy();
    }
  });
}

/** As {@link waitForBroker}, the management API. */
export function waitForManagementApi(management: ManagementAccess, withinMs: number): Promise<void> {
  return retryUntilReachable(withinMs, async () => {
    const me = await callManagement<{ tags: string | string[] }>(management, 'GET', '/whoami').catch(
      toManagementError,
    );
    if (!me.tags.includes('administrator'))
      throw new ProvisioningError(
        `PROVISION_RABBITMQ_MANAGEMENT_URL: ${management.user} is none; it ${ADMINISTRATOR_REQUIRED}`,
      );
  });
}

async function retryUntilReachable(withinMs: number, attempt: () => Promise<void>): Promise<void> {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (error instanceof ProvisioningError) throw error;
      if (Date.now() > giveUpAt)
        throw new ProvisioningError(`the broker cannot be reached: ${(error as Error).message}`, {
          cause: error,
        });
      await delay(RETRY_INTERVAL_MS);
    }
  }
}

/** What the broker's refusal means for whoever provisions; anything else as it is. */
export function toProvisioningError(error: Error & { code?: unknown }): never {
  const fail = (problem: string): never => {
    throw new ProvisioningError(`PROVISION_RABBITMQ_URL: ${problem}`, { cause: error });
  };
  if (error instanceof TopologyConflictError) return fail(error.message);
  if (/ACCESS.REFUSED.*login|Handshake terminated by server: 403/i.test(error.message))
    return fail(
      'the broker does not know this user with this password; give PROVISION_RABBITMQ_MANAGEMENT_URL to have it made',
    );
  if (/NOT.ALLOWED|530/.test(error.message))
    return fail(`the user may not use this virtual host, or there is none: ${error.message}`);
  if (isCertificateError(error)) return fail(`the broker's certificate is refused: ${error.message}`);
  if (error.code === 403) return fail(`the user may not configure this: ${error.message}`);
  throw error;
}

function toManagementError(error: unknown): never {
  if (error instanceof ManagementError && error.status === 401)
    throw new ProvisioningError(
      `PROVISION_RABBITMQ_MANAGEMENT_URL: wrong user or password; it ${ADMINISTRATOR_REQUIRED}`,
    );
  throw error;
}

/** TLS came about, and whoever answered is not whom we asked for. Waiting would not help. */
function isCertificateError({ code }: { readonly code?: unknown }): boolean {
  return typeof code === 'string' && /^(ERR_TLS_|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(code);
}
