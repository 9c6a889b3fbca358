import { callManagement } from '../provision/rabbitmq-management.js';
import { type BrokerAccess } from '../provision/access.js';

/** Makes and deletes virtual hosts of ours. */
export class VirtualHosts {
  constructor(readonly access: BrokerAccess) {}

  /**
   * Creates an empty virtual host, named with our prefix, with all permissions for the administrator. Without a
   * management API there is only the one that was given, and this returns it.
   *
   * @returns its URL, as the administrator.
   */
  async create(name: string): Promise<string> {
    const { amqpUrl, management, namePrefix, onlyVhost } = this.access;
    if (onlyVhost !== undefined) return `${amqpUrl}/${encodeURIComponent(onlyVhost)}`;
    if (management === undefined) throw new Error('no management API to create a virtual host with');
    const vhost = encodeURIComponent(namePrefix + name);
    await callManagement(management, 'PUT', `/vhosts/${vhost}`, {});
    const user = encodeURIComponent(management.user);
    const all = { configure: '.*', write: '.*', read: '.*' };
    await callManagement(management, 'PUT', `/permissions/${vhost}/${user}`, all);
    return `${amqpUrl}/${vhost}`;
  }

  /** Deletes a virtual host that {@link create} made, with all that is in it. */
  async drop(name: string): Promise<void> {
    const { management, namePrefix } = this.access;
    if (management !== undefined) await this.#delete('vhosts', namePrefix + name);
  }

  /** Deletes users of ours, named without our prefix. */
  async dropUsers(names: readonly string[]): Promise<void> {
    const { management, namePrefix } = this.access;
    if (management === undefined) return;
    for (const name of names) await this.#delete('users', namePrefix + name);
  }

  /** Deletes every virtual host and user whose name begins with our prefix. */
  async dropAll(): Promise<void> {
    const { management, namePrefix } = this.access;
    if (management === undefined) return;
    if (namePrefix === '') throw new Error('without a prefix nothing tells our virtual hosts apart');
    for (const kind of ['vhosts', 'users'] as const) {
      const all = await callManagement<{ name: string }[]>(management, 'GET', `/${kind}`);
      for (const { name } of all) if (name.startsWith(namePrefix)) await this.#delete(kind, name);
    }
  }

  async #delete(kind: 'vhosts' | 'users', name: string): Promise<void> {
    await callManagement(this.access.management!, 'DELETE', `/${kind}/${encodeURIComponent(name)}`);
  }
}
