import { createHash, randomBytes } from 'node:crypto';
import type { BrokerPermissions } from './broker-permissions.js';
import type { Exchange, Topology } from './topology.js';

/** A user's name and password. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** A broker user: its credentials and its permissions. */
export interface BrokerUser {
  readonly credentials: Credentials;
  readonly permissions: BrokerPermissions;
}

/** Input of {@link brokerDefinitions}. */
export interface DefinitionsOptions {
  /** Name of the virtual host. Required. */
  readonly vhost: string;
  /** One user per role. Required. */
  readonly users: readonly BrokerUser[];
  /**
   * Its exchanges are included: RabbitMQ 4 does not start with topic permissions on a missing exchange. Its queues are not:
   * a queue that is declared while a cluster node is down has no replica on that node. Required.
   */
  readonly topology: Topology;
  /** A user with all permissions, for the person who runs the broker. Default none. */
  readonly administrator?: Credentials | undefined;
}

/**
 * Virtual host, users, exchanges and permissions as a RabbitMQ definitions file, for `load_definitions` or an import. A
 * broker that loads users creates no `guest`. The file contains passwords only as salted hashes, with new salts in each
 * call.
 */
export function brokerDefinitions({ vhost, users, topology, administrator }: DefinitionsOptions) {
  const all = { vhost, configure: '.*', write: '.*', read: '.*' };
  return {
    vhosts: [{ name: vhost }],
    users: [
      ...users.map(({ credentials, permissions }) => userDefinition(credentials, permissions.tags)),
      ...(administrator ? [userDefinition(administrator, ['administrator'])] : []),
    ],
    permissions: [
      ...users.map(({ credentials, permissions }) => ({
        user: credentials.name,
        vhost,
        ...permissions.resourcePermissions,
      })),
      ...(administrator ? [{ user: administrator.name, ...all }] : []),
    ],
    topic_permissions: users.flatMap(({ credentials, permissions }) =>
      permissions.topicPermissions.map((topic) => ({ user: credentials.name, vhost, ...topic })),
    ),
    exchanges: topology.exchanges.map((exchange) => exchangeDefinition(vhost, exchange)),
  };
}

function exchangeDefinition(vhost: string, { name, type, internal, alternateExchange }: Exchange) {
  return {
    name,
    vhost,
    type,
    internal: internal === true,
    durable: true,
    auto_delete: false,
    arguments: alternateExchange === undefined ? {} : { 'alternate-exchange': alternateExchange },
  };
}

function userDefinition({ name, password }: Credentials, tags: readonly string[]) {
  return {
    name,
    password_hash: passwordHash(password, randomBytes(4)),
    hashing_algorithm: 'rabbit_password_hashing_sha256',
    tags: tags.join(','),
  };
}

/** RabbitMQ's password hash: base64 of the salt (4 bytes) and the SHA-256 of salt and password. */
export function passwordHash(password: string, salt: Buffer): string {
  const digest = createHash('sha256').update(salt).update(password, 'utf8').digest();
  return Buffer.concat([salt, digest]).toString('base64');
}
