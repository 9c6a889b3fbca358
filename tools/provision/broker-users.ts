import { type BrokerUser, brokerUserOf } from '#messaging';
import { ProvisioningFailed } from '#runtime';
import { callManagement, type ManagementAccess, ManagementError } from './rabbitmq-management.js';

/**
 * Makes the virtual host if there is none, and each user; one that is there gets the password that is wanted now. The
 * provisioner may then make the topology. Idempotent, and may run while they are at work.
 *
 * @throws {ProvisioningFailed} when a user cannot have rights of its own
 */
export async function makeBrokerUsers(
  management: ManagementAccess,
  vhost: string,
  users: readonly BrokerUser[],
): Promise<void> {
  for (const { login, rights } of users) refuseMixedUp(management, login.name, rights.role);
  await makeVhost(management, vhost);
  for (const { login, rights } of users) {
    const path = `/users/${encodeURIComponent(login.name)}`;
    const tags = rights.tags.join(',');
    await callManagement(management, 'PUT', path, { password: login.password, tags });
    if (rights.role === 'provisioner') await permit(management, vhost, login.name, rights.permissions);
  }
}

/**
 * Gives each user exactly the rights it is to have. The topology must be there: RabbitMQ 4 keeps topic permissions with
 * their exchange, and refuses them before there is one.
 */
export async function grantBrokerRights(
  management: ManagementAccess,
  vhost: string,
  users: readonly BrokerUser[],
): Promise<void> {
  for (const { login, rights } of users) {
    const path = `/topic-permissions/${encodeURIComponent(vhost)}/${encodeURIComponent(login.name)}`;
    // Topic permissions first: without any, a user may use every routing key.
    for (const topic of rights.topicPermissions) await callManagement(management, 'PUT', path, topic);
    await permit(management, vhost, login.name, rights.permissions);
  }
}

async function permit(
  management: ManagementAccess,
  vhost: string,
  user: string,
  permissions: object,
): Promise<void> {
  const path = `/permissions/${encodeURIComponent(vhost)}/${encodeURIComponent(user)}`;
  await callManagement(management, 'PUT', path, permissions);
}

/** The user and password in a URL. */
export function loginOf(url: string): BrokerUser['login'] {
  return { name: brokerUserOf(url), password: decodeURIComponent(new URL(url).password) };
}

/** The virtual host in a URL. */
export function vhostOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1)) || '/';
}

/** Would take from it, or from everybody else who uses it, what it has. */
function refuseMixedUp(management: ManagementAccess, name: string, role: string): void {
  if (name !== management.user && name !== 'guest') return;
  const who = name === 'guest' ? 'guest' : `${name}, the administrator of the broker,`;
  throw new ProvisioningFailed(
    `${role} would log in to the broker as ${who} and must have a user of its own`,
  );
}

async function makeVhost(management: ManagementAccess, vhost: string): Promise<void> {
  const path = `/vhosts/${encodeURIComponent(vhost)}`;
  try {
    await callManagement(management, 'GET', path);
  } catch (error) {
    if (!(error instanceof ManagementError) || error.status !== 404) throw error;
    await callManagement(management, 'PUT', path, {});
  }
}
