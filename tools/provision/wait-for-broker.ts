import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChannelModel, connect } from 'amqplib';
import { brokerUrlOptions, TopologyConflictError } from '#messaging';
import { assertServerVersion, ProvisioningError } from '#runtime';
import { callManagement, type ManagementAccess, ManagementError } from './rabbitmq-management.js';

const RETRY_INTERVAL_MS = 500;
const ADMINISTRATOR_REQUIRED = 'must contain the user and password of an administrator';

/**
 * Waits until the broker accepts the login.
 * @throws {ProvisioningError} immediately when the broker refuses the login or is too old; after `withinMs` when it is unavailable
 */
export function waitForBroker(url: string, withinMs: number): Promise<void> {
  return retryUntilReachable(withinMs, async () => {
    const connection = await connect(url, { timeout: 10_000, ...brokerUrlOptions(url) }).catch(
      toProvisioningError,
    );
    connection.on('error', () => {});
    await connection.close();
    assertBrokerVersion(connection);
  });
}

/** Not for brokers of another product: LavinMQ counts its versions differently. */
function assertBrokerVersion({ connection }: ChannelModel): void {
  const { product, version } = connection.serverProperties;
  if (product === 'RabbitMQ') assertServerVersion('PROVISION_RABBITMQ_URL', product, version);
}

/**
 * Waits until the broker listens for AMQP clients. The management API responds earlier, but rejects every password
 * until the broker has loaded its users.
 * @throws {ProvisioningError} when the broker is still unavailable after `withinMs`
 */
export function waitForListener(url: string, withinMs: number): Promise<void> {
  const { hostname, port, protocol } = new URL(url);
  const at = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (protocol === 'amqps:' ? 5671 : 5672)),
  };
  return retryUntilReachable(withinMs, async () => {
    const socket = connectSocket(at);
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(10_000) });
    } finally {
      socket.destroy();
    }
  });
}

/**
 * Waits until the management API accepts the administrator's login.
 * @throws {ProvisioningError} immediately when the user is no administrator; after `withinMs` when it is unavailable
 */
export function waitForManagementApi(management: ManagementAccess, withinMs: number): Promise<void> {
  return retryUntilReachable(withinMs, async () => {
    const me = await callManagement<{ tags: string | string[] }>(management, 'GET', '/whoami').catch(
      toManagementError,
    );
    if (!me.tags.includes('administrator'))
      throw new ProvisioningError(
        `PROVISION_RABBITMQ_MANAGEMENT_URL: ${management.user} is no administrator; it ${ADMINISTRATOR_REQUIRED}`,
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
        throw new ProvisioningError(`the broker is unavailable: ${(error as Error).message}`, {
          cause: error,
        });
      await delay(RETRY_INTERVAL_MS);
    }
  }
}

/** Rethrows a broker error: a refusal as a {@link ProvisioningError} with its remedy, any other error unchanged. */
export function toProvisioningError(error: Error & { code?: unknown }): never {
  const fail = (problem: string): never => {
    throw new ProvisioningError(`PROVISION_RABBITMQ_URL: ${problem}`, { cause: error });
  };
  if (error instanceof TopologyConflictError) return fail(error.message);
  if (/ACCESS.REFUSED.*login|Handshake terminated by server: 403/i.test(error.message))
    return fail(
      'the broker rejects this user or password; set PROVISION_RABBITMQ_MANAGEMENT_URL to create the user',
    );
  if (/NOT.ALLOWED|530/.test(error.message))
    return fail(`the virtual host is missing, or the user has no access to it: ${error.message}`);
  if (isCertificateError(error)) return fail(`the broker's certificate is rejected: ${error.message}`);
  if (error.code === 403) return fail(`the user lacks the configure permission: ${error.message}`);
  throw error;
}

function toManagementError(error: unknown): never {
  if (error instanceof ManagementError && error.status === 401)
    throw new ProvisioningError(
      `PROVISION_RABBITMQ_MANAGEMENT_URL: wrong user or password; it ${ADMINISTRATOR_REQUIRED}`,
    );
  throw error;
}

/** The server presents a certificate that Node.js does not trust. Retrying does not help. */
function isCertificateError({ code }: { readonly code?: unknown }): boolean {
  return typeof code === 'string' && /^(ERR_TLS_|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(code);
}
