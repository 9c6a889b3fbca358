import { type BrokerUser, brokerUserFromUrl } from '#messaging';
import { ProvisioningError } from '#runtime';
import { callManagement, type ManagementAccess, ManagementError } from './rabbitmq-management.js';

/**
 * Creates the virtual host if it is missing, and creates or updates each user with the planned password and tags. The
 * provisioner gets its permissions, so that it can create the topology. Idempotent, and safe while services run.
 *
 * @throws {ProvisioningError} when a planned user is `guest` or the broker's administrator
 */
export async function ensureBrokerUsers(
  management: ManagementAccess,
  vhost: string,
  users: readonly BrokerUser[],
): Promise<void> {
  for (const { credentials, permissions } of users)
    assertDistinctUser(management, credentials.name, permissions.role);
  await ensureVhost(management, vhost);
  for (const { credentials, permissions } of users) {
    const path = `/users/${encodeURIComponent(credentials.name)}`;
    const tags = permissions.tags.join(',');
    await callManagement(management, 'PUT', path, { password: credentials.password, tags });
    if (permissions.role === 'provisioner')
      await setPermissions(management, vhost, credentials.name, permissions.resourcePermissions);
  }
}

/**
 * Sets each user's permissions to exactly the planned ones. The topology must exist: RabbitMQ 4 rejects topic
 * permissions for a missing exchange.
 */
export async function grantBrokerPermissions(
  management: ManagementAccess,
  vhost: string,
  users: readonly BrokerUser[],
): Promise<void> {
  for (const { credentials, permissions } of users) {
    const path = `/topic-permissions/${encodeURIComponent(vhost)}/${encodeURIComponent(credentials.name)}`;
    // Topic permissions first: a user without any may use every routing key.
    for (const topic of permissions.topicPermissions) await callManagement(management, 'PUT', path, topic);
    await setPermissions(management, vhost, credentials.name, permissions.resourcePermissions);
  }
}

async function setPermissions(
  management: ManagementAccess,
  vhost: string,
  user: string,
  permissions: object,
): Promise<void> {
  const path = `/permissions/${encodeURIComponent(vhost)}/${encodeURIComponent(user)}`;
  await callManagement(management, 'PUT', path, permissions);
}

/** Parses user and password, decoded, from a broker URL. */
export function parseCredentials(url: string): BrokerUser['credentials'] {
  return { name: brokerUserFromUrl(url), password: decodeURIComponent(new URL(url).password) };
}

/** Parses the virtual host, decoded, from a broker URL. Default: `/`. */
export function parseVhost(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1)) || '/';
}

/** Restricting `guest` or the administrator would take permissions from their other users. */
function assertDistinctUser(management: ManagementAccess, name: string, role: string): void {
  if (name !== management.user && name !== 'guest') return;
  const subject = name === 'guest' ? 'guest' : `${name}, the administrator of the broker,`;
  throw new ProvisioningError(`${role} would log in to the broker as ${subject} and needs a separate user`);
}

async function ensureVhost(management: ManagementAccess, vhost: string): Promise<void> {
  const path = `/vhosts/${encodeURIComponent(vhost)}`;
  try {
    await callManagement(management, 'GET', path);
  } catch (error) {
    if (!(error instanceof ManagementError) || error.status !== 404) throw error;
    await callManagement(management, 'PUT', path, {});
  }
}
