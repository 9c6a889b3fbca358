import { type EventContract, type Service, services, type Subscription } from '#contracts';
import {
  eventsExchange,
  partitionQueue,
  RETRY_STEPS,
  retryExchange,
  deadLetterQueue,
  UNROUTED,
} from '../routing.js';
import { deriveTopology } from './topology.js';
import { neededBy } from './topology-diff.js';

/**
 * Whom the broker knows: a user for each service; the operator, who looks (`npm run ops`, `npm run audit`); and the
 * provisioner, who makes exchanges, queues and bindings before services start, and is nobody afterwards.
 */
export type BrokerRole = Service | 'operator' | 'provisioner';

/** Regular expressions over the names of exchanges and queues; the broker matches them anywhere, so each is anchored. */
export interface Permissions {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** On one topic exchange, over routing keys. `write` is for publishing, `read` for binding. */
export interface TopicPermission {
  readonly exchange: string;
  readonly write: string;
  readonly read: string;
}

/** What one user may do in the virtual host; data, to be applied, exported, or shown. */
export interface BrokerRights {
  readonly role: BrokerRole;
  /** `monitoring` lets a user read, and only read, the management API. */
  readonly tags: readonly 'monitoring'[];
  readonly permissions: Permissions;
  readonly topicPermissions: readonly TopicPermission[];
}

export interface BrokerRightsOptions {
  readonly contracts: readonly EventContract[];
  readonly subscriptions: readonly Subscription[];
  /** Queues per consumer, as in the topology. */
  readonly partitions: number;
}

const NOTHING = '^$';

/**
 * Derives who may do what from the same contracts and subscriptions as the topology. A service publishes its own events
 * and its own retries, reads its own queues, and configures nothing; which user published a message the broker itself
 * checks (`userId`). No plugin is needed, RabbitMQ 3.10 is enough.
 *
 * RabbitMQ 4.2.6 and later answer a passive declaration only to a user with some permission on what it names. So that
 * services can ask whether what they need is there, and operators how much is in a queue, they are given `write` on
 * it: on a queue it allows binding it, for which they would have to read an exchange; what may be published to a topic
 * exchange its topic permission says; and to the others, which are internal, nobody can publish.
 */
export function deriveBrokerRights(options: BrokerRightsOptions): readonly BrokerRights[] {
  const topology = deriveTopology(options);
  const exchanges = topology.exchanges.filter(({ type }) => type === 'topic').map(({ name }) => name);
  return [
    ...services.map((service) => serviceRights(service, options)),
    {
      role: 'operator',
      tags: ['monitoring'],
      permissions: {
        configure: NOTHING,
        write: oneOf(topology.queues.map(({ name }) => name)),
        read: NOTHING,
      },
      topicPermissions: [],
    },
    {
      role: 'provisioner',
      tags: [],
      permissions: { configure: OURS, write: OURS, read: OURS },
      // It binds, and never publishes.
      topicPermissions: exchanges.map((exchange) => ({ exchange, write: NOTHING, read: '.*' })),
    },
  ];
}

/** Also what an earlier version called ours and is to be removed: see `isOurs`. */
const OURS = `^(${UNROUTED}|(${services.join('|')})\\..+)$`;

function serviceRights(service: Service, options: BrokerRightsOptions): BrokerRights {
  const { contracts, subscriptions, partitions } = options;
  const events = contracts.filter(({ producer }) => producer === service).map(({ name }) => name);
  const workQueues = subscriptions
    .filter((subscription) => subscription.service === service)
    .flatMap(({ consumer }) =>
      Array.from({ length: partitions }, (_, partition) => partitionQueue(consumer, partition)),
    );
  const read = workQueues.length > 0 ? [...workQueues, deadLetterQueue(service)] : [];
  const needed = neededBy(service, deriveTopology(options));
  const keys: Readonly<Record<string, string>> = {
    [eventsExchange(service)]: events.length > 0 ? `^${group(events)}\\.\\d+$` : NOTHING,
    [retryExchange(service)]:
      workQueues.length > 0
        ? `^${group(RETRY_STEPS.map(({ name }) => name))}\\.${group(workQueues)}$`
        : NOTHING,
  };
  return {
    role: service,
    tags: [],
    permissions: {
      configure: NOTHING,
      write: oneOf(
        [...needed.exchanges, ...needed.queues]
          .map(({ name }) => name)
          .filter((name) => !read.includes(name)),
      ),
      read: oneOf(read),
    },
    topicPermissions: needed.exchanges
      .filter(({ type }) => type === 'topic')
      .map(({ name }) => ({ exchange: name, write: keys[name] ?? NOTHING, read: NOTHING })),
  };
}

/** Exactly these names. */
function oneOf(names: readonly string[]): string {
  return names.length === 0 ? NOTHING : `^${group(names)}$`;
}

function group(names: readonly string[]): string {
  return `(${[...new Set(names)].map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`;
}
