import { once } from 'node:events';
import { connect } from 'node:net';

import type { RabbitmqInstance } from './rabbitmq-instance.js';
import { callManagement, type ManagementAccess, ManagementError } from '../provision/rabbitmq-management.js';
import type { RunFolder } from './run-folder.js';
import { ServerNotFoundError } from './server-not-found.js';
import { VirtualHosts } from './virtual-hosts.js';
import { type BrokerAccess } from '../provision/access.js';

/**
 * Uses the broker at `url`. The management API (default: port 15672 of the same host) creates the run's virtual hosts
 * and users under one name prefix; `close` deletes them. Without the API, all work happens in the virtual host that
 * the URL names, unless that is the default one.
 *
 * @throws {ServerNotFoundError} when the broker is unreachable, or no virtual host can be created or used.
 */
export async function connectExternalRabbitmq(
  url: string,
  managementUrl: string | undefined,
  run: RunFolder,
): Promise<RabbitmqInstance> {
  const broker = new URL(url);
  await assertReachable(broker);
  const management = managementAccess(broker, managementUrl);
  const refusal = await findAdministratorProblem(management);
  const vhost = decodeURIComponent(broker.pathname.slice(1));
  const ownVhost = vhost === '' || vhost === '/' ? undefined : vhost;
  if (refusal !== undefined && ownVhost === undefined)
    throw new ServerNotFoundError(setupInstructions(broker, management.url, refusal));
  broker.pathname = '';
  const access: BrokerAccess =
    refusal === undefined
      ? { amqpUrl: broker.href, management, namePrefix: `op-${run.id}-` }
      : { amqpUrl: broker.href, namePrefix: '', onlyVhost: ownVhost! };
  for (const id of run.staleRuns) await new VirtualHosts({ ...access, namePrefix: `op-${id}-` }).dropAll();
  const virtualHosts = new VirtualHosts(access);
  const place = refusal === undefined ? `virtual hosts ${access.namePrefix}*` : `virtual host ${ownVhost}`;
  return {
    kind: 'external',
    description: `RabbitMQ at ${broker.host}, from RABBITMQ_URL, ${place}`,
    access,
    virtualHosts,
    close: () => virtualHosts.dropAll(),
  };
}

async function assertReachable(broker: URL): Promise<void> {
  const port = Number(broker.port) || (broker.protocol === 'amqps:' ? 5671 : 5672);
  const socket = connect({ host: broker.hostname.replace(/^\[|\]$/g, ''), port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(10_000) });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ServerNotFoundError(`RabbitMQ at RABBITMQ_URL is unavailable: ${reason}`, { cause });
  } finally {
    socket.destroy();
  }
}

function managementAccess(broker: URL, managementUrl: string | undefined): ManagementAccess {
  const url = new URL(managementUrl || `http://${broker.hostname}:15672`);
  const [user, password] =
    url.username === '' ? [broker.username, broker.password] : [url.username, url.password];
  return {
    url: url.origin + url.pathname.replace(/\/$/, ''),
    user: decodeURIComponent(user) || 'guest',
    password: decodeURIComponent(password) || 'guest',
  };
}

async function findAdministratorProblem(management: ManagementAccess): Promise<string | undefined> {
  try {
    const me = await callManagement<{ tags: string | string[] }>(management, 'GET', '/whoami');
    // RabbitMQ returns a list since 3.9, a comma-separated string before.
    const tags = Array.isArray(me.tags) ? me.tags : me.tags.split(',');
    return tags.includes('administrator') ? undefined : `user ${management.user} is not an administrator`;
  } catch (error) {
    return error instanceof ManagementError ? `it responds with ${error.status}` : 'it does not respond';
  }
}

function setupInstructions(broker: URL, managementUrl: string, refusal: string): string {
  const named = new URL(broker);
  named.pathname = '/order-processing';
  if (named.password !== '') named.password = '***';
  const user = decodeURIComponent(broker.username) || 'guest';
  return [
    `RabbitMQ at RABBITMQ_URL needs a separate virtual host, and its management API at`,
    `${managementUrl} cannot create one: ${refusal}. Do one of these:`,
    '  rabbitmq-plugins enable rabbitmq_management     (and RABBITMQ_MANAGEMENT_URL, if it is not on port 15672)',
    `  rabbitmqctl set_user_tags ${user} administrator`,
    `  rabbitmqctl add_vhost order-processing && rabbitmqctl set_permissions -p order-processing ${user} '.*' '.*' '.*'`,
    `    and RABBITMQ_URL=${named.href}`,
  ].join('\n');
}
