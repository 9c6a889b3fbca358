import { randomBytes } from 'node:crypto';

import { afterAll, inject } from 'vitest';

import { Databases } from '../../tools/local/databases.js';
import { VirtualHosts } from '../../tools/local/virtual-hosts.js';
import { type BrokerAccess } from '../../tools/provision/access.js';

/**
 * An empty database for this spec file, dropped after its last test. Call it while tests are collected: at the top
 * of the file, `const databaseUrl = await testDatabase()`.
 *
 * @returns its URL, as the administrator.
 */
export async function testDatabase(): Promise<string> {
  const databases = new Databases(inject('databaseAccess'));
  const name = uniqueName();
  afterAll(() => databases.drop(name));
  return databases.create(name);
}

/**
 * An empty virtual host for this spec file, deleted after its last test. Call it while tests are collected.
 *
 * @returns its URL, as the administrator.
 */
export async function testVhost(): Promise<string> {
  const virtualHosts = new VirtualHosts(brokerAccess());
  const name = uniqueName();
  afterAll(() => virtualHosts.drop(name));
  return virtualHosts.create(name);
}

/** The broker that {@link testVhost} is on: its management API, and its administrator. */
export function brokerAccess(): BrokerAccess {
  return inject('brokerAccess');
}

function uniqueName(): string {
  return `spec_${randomBytes(4).toString('hex')}`;
}
