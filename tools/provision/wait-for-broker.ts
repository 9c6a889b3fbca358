import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';
import { brokerUrlOptions, TopologyConflict } from '#messaging';
import { ProvisioningFailed } from '#runtime';
import { callManagement, type ManagementAccess, ManagementError } from './rabbitmq-management.js';

const TRY_EVERY_MS = 500;
const ADMINISTRATOR = 'must name an administrator with his password';

/** Waits for the broker. @throws {ProvisioningFailed} when it refuses us, at once; when it is still away after `withinMs` */
export function reachBroker(url: string, withinMs: number): Promise<void> {
  return reach(withinMs, async () => {
    const connection = await connect(url, { timeout: 10_000, ...brokerUrlOptions(url) }).catch(explainBroker);
    connection.on('error', () => {});
    await connection.close();
  });
}

/**
 * Waits until the broker listens to clients. Its management API answers sooner, and knows nobody until the broker has
 * loaded its users: who asks then is told that his password is wrong.
 */
export function reachListener(url: string, withinMs: number): Promise<void> {
  const { hostname, port, protocol } = new URL(url);
  const at = { host: hostname, port: Number(port || (protocol === 'amqps:' ? 5671 : 5672)) };
  return reach(withinMs, async () => {
    const socket = connectSocket(at);
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(10_000) });
    } finally {
      socket.destroy();
    }
  });
}

/** As {@link reachBroker}, the management API. */
export function reachManagement(management: ManagementAccess, withinMs: number): Promise<void> {
  return reach(withinMs, async () => {
    const me = await callManagement<{ tags: string | string[] }>(management, 'GET', '/whoami').catch(
      explainManagement,
    );
    if (!me.tags.includes('administrator'))
      throw new ProvisioningFailed(
        `PROVISION_RABBITMQ_MANAGEMENT_URL: ${management.user} is none; it ${ADMINISTRATOR}`,
      );
  });
}

async function reach(withinMs: number, attempt: () => Promise<void>): Promise<void> {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (error instanceof ProvisioningFailed) throw error;
      if (Date.now() > giveUpAt)
        throw new ProvisioningFailed(`the broker cannot be reached: ${(error as Error).message}`, {
          cause: error,
        });
      await delay(TRY_EVERY_MS);
    }
  }
}

/** What the broker's refusal means for whoever provisions; anything else as it is. */
export function explainBroker(error: Error & { code?: unknown }): never {
  const say = (what: string): never => {
    throw new ProvisioningFailed(`PROVISION_RABBITMQ_URL: ${what}`, { cause: error });
  };
  if (error instanceof TopologyConflict) return say(error.message);
  if (/ACCESS.REFUSED.*login|Handshake terminated by server: 403/i.test(error.message))
    return say(
      'the broker does not know this user with this password; give PROVISION_RABBITMQ_MANAGEMENT_URL to have it made',
    );
  if (/NOT.ALLOWED|530/.test(error.message))
    return say(`the user may not use this virtual host, or there is none: ${error.message}`);
  if (isCertificateRefused(error)) return say(`the broker's certificate is refused: ${error.message}`);
  if (error.code === 403) return say(`the user may not configure this: ${error.message}`);
  throw error;
}

function explainManagement(error: unknown): never {
  if (error instanceof ManagementError && error.status === 401)
    throw new ProvisioningFailed(
      `PROVISION_RABBITMQ_MANAGEMENT_URL: wrong user or password; it ${ADMINISTRATOR}`,
    );
  throw error;
}

/** TLS came about, and whoever answered is not whom we asked for. Waiting would not help. */
function isCertificateRefused({ code }: { readonly code?: unknown }): boolean {
  return typeof code === 'string' && /^(ERR_TLS_|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(code);
}
