import { type BrokerUser, brokerUserFromUrl } from '#messaging';
import { ProvisioningError } from '#runtime';
import { callManagement, type ManagementAccess, ManagementError } from './rabbitmq-management.js';

/**
 * Makes the virtual host if there is none, and each user; one that is there gets the password that is wanted now. The
 * provisioner may then make the topology. Idempotent, and may run while they are at work.
 *
 * @throws {ProvisioningError} when a user cannot have rights of its own
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
 * Gives each user exactly the rights it is to have. The topology must be there: RabbitMQ 4 keeps topic permissions with
 * their exchange, and refuses them before there is one.
 */
export async function grantBrokerPermissions(
  management: ManagementAccess,
  vhost: string,
  users: readonly BrokerUser[],
): Promise<void> {
  for (const { credentials, permissions } of users) {
    const path = `/topic-permissions/${encodeURIComponent(vhost)}/${encodeURIComponent(credentials.name)}`;
    // Topic permissions first: without any, a user may use every routing key.
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

/** The user and password in a URL. */
export function parseCredentials(url: string): BrokerUser['credentials'] {
  return { name: brokerUserFromUrl(url), password: decodeURIComponent(new URL(url).password) };
}

/** The virtual host in a URL. */
export function parseVhost(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1)) || '/';
}

/** Would take from it, or from everybody else who uses it, what it has. */
function assertDistinctUser(management: ManagementAccess, name: string, role: string): void {
  if (name !== management.user && name !== 'guest') return;
  const subject = name === 'guest' ? 'guest' : `${name}, the administrator of the broker,`;
  throw new ProvisioningError(
    `${role} would log in to the broker as ${subject} and must have a user of its own`,
  );
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
