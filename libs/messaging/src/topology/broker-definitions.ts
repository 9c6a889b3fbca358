import { createHash, randomBytes } from 'node:crypto';
import type { BrokerPermissions } from './broker-permissions.js';
import type { Exchange, Topology } from './topology.js';

/** How a user logs in. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** A user of the broker: who it is, and what it may do. */
export interface BrokerUser {
  readonly credentials: Credentials;
  readonly permissions: BrokerPermissions;
}

export interface DefinitionsOptions {
  readonly vhost: string;
  readonly users: readonly BrokerUser[];
  /**
   * Of which the exchanges are loaded too: RabbitMQ 4 does not start with topic permissions on one that is not there. Not
   * the queues: one that is made while a node of a cluster is missing has no replica on it.
   */
  readonly topology: Topology;
  /** A user who may do everything on the broker, for whoever runs it. Without one there is none. */
  readonly administrator?: Credentials | undefined;
}

/**
 * Virtual host, users, exchanges and permissions in the form that RabbitMQ loads at its start (`load_definitions`) or imports. A
 * broker that has loaded users makes no `guest`. Passwords are in it as salted hashes only, and the salts are new each
 * time.
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

/** As RabbitMQ keeps it: the salt (4 bytes), then SHA-256 of salt and password, in base64. */
export function passwordHash(password: string, salt: Buffer): string {
  const digest = createHash('sha256').update(salt).update(password, 'utf8').digest();
  return Buffer.concat([salt, digest]).toString('base64');
}
