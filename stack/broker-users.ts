import { type BrokerUser, brokerUserOf } from '#messaging';
import { ProvisioningFailed } from '#runtime';
import { callManagement, type ManagementAccess, ManagementError } from './rabbitmq-management.js';

/**
 * Makes the virtual host if there is none, and each user with exactly the rights it is to have; one that is there gets
 * the password and the rights that are wanted now. Idempotent, and may run while they are at work.
 *
 * @throws {ProvisioningFailed} when a user cannot have rights of its own
 */
export async function applyBrokerUsers(
  management: ManagementAccess,
  vhost: string,
  users: readonly BrokerUser[],
): Promise<void> {
  for (const { login, rights } of users) refuseMixedUp(management, login.name, rights.role);
  await makeVhost(management, vhost);
  for (const { login, rights } of users) {
    const at = `${encodeURIComponent(vhost)}/${encodeURIComponent(login.name)}`;
    await callManagement(management, 'PUT', `/users/${encodeURIComponent(login.name)}`, {
      password: login.password,
      tags: rights.tags.join(','),
    });
    // Topic permissions first: without any, a user may use every routing key.
    for (const topic of rights.topicPermissions) {
      await callManagement(management, 'PUT', `/topic-permissions/${at}`, topic);
    }
    await callManagement(management, 'PUT', `/permissions/${at}`, rights.permissions);
  }
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
