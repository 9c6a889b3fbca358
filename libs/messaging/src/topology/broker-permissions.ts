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
import { topologyForService } from './topology-diff.js';

/**
 * Whom the broker knows: a user for each service; the operator, who looks (`npm run ops`, `npm run audit`); and the
 * provisioner, who makes exchanges, queues and bindings before services start, and is nobody afterwards.
 */
export type BrokerRole = Service | 'operator' | 'provisioner';

/** Regular expressions over the names of exchanges and queues; the broker matches them anywhere, so each is anchored. */
export interface ResourcePermissions {
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
export interface BrokerPermissions {
  readonly role: BrokerRole;
  /** `monitoring` lets a user read, and only read, the management API. */
  readonly tags: readonly 'monitoring'[];
  readonly resourcePermissions: ResourcePermissions;
  readonly topicPermissions: readonly TopicPermission[];
}

export interface BrokerPermissionsOptions {
  readonly contracts: readonly EventContract[];
  readonly subscriptions: readonly Subscription[];
  /** Queues per consumer, as in the topology. */
  readonly partitions: number;
}

const MATCH_NOTHING = '^$';

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
export function deriveBrokerPermissions(options: BrokerPermissionsOptions): readonly BrokerPermissions[] {
  const topology = deriveTopology(options);
  const exchanges = topology.exchanges.filter(({ type }) => type === 'topic').map(({ name }) => name);
  return [
    ...services.map((service) => servicePermissions(service, options)),
    {
      role: 'operator',
      tags: ['monitoring'],
      resourcePermissions: {
        configure: MATCH_NOTHING,
        write: matchNames(topology.queues.map(({ name }) => name)),
        read: MATCH_NOTHING,
      },
      topicPermissions: [],
    },
    {
      role: 'provisioner',
      tags: [],
      resourcePermissions: { configure: MANAGED_NAMES, write: MANAGED_NAMES, read: MANAGED_NAMES },
      // It binds, and never publishes.
      topicPermissions: exchanges.map((exchange) => ({ exchange, write: MATCH_NOTHING, read: '.*' })),
    },
  ];
}

/** Also what an earlier version called ours and is to be removed: see `isOurs`. */
const MANAGED_NAMES = `^(${UNROUTED}|(${services.join('|')})\\..+)$`;

function servicePermissions(service: Service, options: BrokerPermissionsOptions): BrokerPermissions {
  const { contracts, subscriptions, partitions } = options;
  const events = contracts.filter(({ producer }) => producer === service).map(({ name }) => name);
  const workQueues = subscriptions
    .filter((subscription) => subscription.service === service)
    .flatMap(({ consumer }) =>
      Array.from({ length: partitions }, (_, partition) => partitionQueue(consumer, partition)),
    );
  const read = workQueues.length > 0 ? [...workQueues, deadLetterQueue(service)] : [];
  const needed = topologyForService(service, deriveTopology(options));
  const keys: Readonly<Record<string, string>> = {
    [eventsExchange(service)]: events.length > 0 ? `^${alternatives(events)}\\.\\d+$` : MATCH_NOTHING,
    [retryExchange(service)]:
      workQueues.length > 0
        ? `^${alternatives(RETRY_STEPS.map(({ name }) => name))}\\.${alternatives(workQueues)}$`
        : MATCH_NOTHING,
  };
  return {
    role: service,
    tags: [],
    resourcePermissions: {
      configure: MATCH_NOTHING,
      write: matchNames(
        [...needed.exchanges, ...needed.queues]
          .map(({ name }) => name)
          .filter((name) => !read.includes(name)),
      ),
      read: matchNames(read),
    },
    topicPermissions: needed.exchanges
      .filter(({ type }) => type === 'topic')
      .map(({ name }) => ({ exchange: name, write: keys[name] ?? MATCH_NOTHING, read: MATCH_NOTHING })),
  };
}

/** Exactly these names. */
function matchNames(names: readonly string[]): string {
  return names.length === 0 ? MATCH_NOTHING : `^${alternatives(names)}$`;
}

function alternatives(names: readonly string[]): string {
  return `(${[...new Set(names)].map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`;
}
