import { callManagement } from '../provision/rabbitmq-management.js';
import { type BrokerAccess } from '../provision/access.js';

/** Creates and deletes the virtual hosts of one run, by name prefix. */
export class VirtualHosts {
  constructor(readonly access: BrokerAccess) {}

  /**
   * Creates the empty virtual host `namePrefix + name` with all permissions for the administrator. Without a management
   * API, returns the only usable virtual host.
   *
   * @returns the administrator's URL of the virtual host.
   */
  async create(name: string): Promise<string> {
    const { amqpUrl, management, namePrefix, onlyVhost } = this.access;
    if (onlyVhost !== undefined) return `${amqpUrl}/${encodeURIComponent(onlyVhost)}`;
    if (management === undefined)
      throw new Error(`cannot create the virtual host ${name}: no management API`);
    const vhost = encodeURIComponent(namePrefix + name);
    await callManagement(management, 'PUT', `/vhosts/${vhost}`, {});
    const user = encodeURIComponent(management.user);
    const all = { configure: '.*', write: '.*', read: '.*' };
    await callManagement(management, 'PUT', `/permissions/${vhost}/${user}`, all);
    return `${amqpUrl}/${vhost}`;
  }

  /** Deletes a virtual host that {@link create} made, with its exchanges, queues and messages. */
  async drop(name: string): Promise<void> {
    const { management, namePrefix } = this.access;
    if (management !== undefined) await this.#delete('vhosts', namePrefix + name);
  }

  /** Deletes the users `namePrefix + name` for each of `names`. */
  async dropUsers(names: readonly string[]): Promise<void> {
    const { management, namePrefix } = this.access;
    if (management === undefined) return;
    for (const name of names) await this.#delete('users', namePrefix + name);
  }

  /**
   * Deletes every virtual host and user with the run's name prefix.
   * @throws Error when the prefix is empty: it would match every virtual host and user
   */
  async dropAll(): Promise<void> {
    const { management, namePrefix } = this.access;
    if (management === undefined) return;
    if (namePrefix === '') throw new Error('refusing to delete all virtual hosts: the name prefix is empty');
    for (const kind of ['vhosts', 'users'] as const) {
      const all = await callManagement<{ name: string }[]>(management, 'GET', `/${kind}`);
      for (const { name } of all) if (name.startsWith(namePrefix)) await this.#delete(kind, name);
    }
  }

  async #delete(kind: 'vhosts' | 'users', name: string): Promise<void> {
    await callManagement(this.access.management!, 'DELETE', `/${kind}/${encodeURIComponent(name)}`);
  }
}
