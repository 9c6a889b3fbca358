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
 * The role of a broker user: a service; `operator`, which only reads (`npm run ops`, `npm run audit`); or `provisioner`,
 * which declares exchanges, queues and bindings before services start, and is not used afterwards.
 */
export type BrokerRole = Service | 'operator' | 'provisioner';

/** RabbitMQ permissions: regular expressions over names of exchanges and queues. They are anchored: RabbitMQ searches. */
export interface ResourcePermissions {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** Topic permissions on one exchange: regular expressions over routing keys, `write` to publish, `read` to bind. */
export interface TopicPermission {
  readonly exchange: string;
  readonly write: string;
  readonly read: string;
}

/** The permissions of one user in the virtual host, as data to apply, export or print. */
export interface BrokerPermissions {
  readonly role: BrokerRole;
  /** `monitoring` grants read access to the management API. */
  readonly tags: readonly 'monitoring'[];
  readonly resourcePermissions: ResourcePermissions;
  readonly topicPermissions: readonly TopicPermission[];
}

/** Input of {@link deriveBrokerPermissions}: the same as that of `deriveTopology`. */
export interface BrokerPermissionsOptions {
  /** Every event, in all versions. Required. */
  readonly contracts: readonly EventContract[];
  /** Every subscription. Required. */
  readonly subscriptions: readonly Subscription[];
  /** Queues per consumer: 1, 2, 4, 8 or 16. Required. */
  readonly partitions: number;
}

const MATCH_NOTHING = '^$';

/**
 * Derives the permissions of every role, by least privilege, from the same contracts and subscriptions as the topology. A
 * service publishes its own events and retries, reads its own queues, and configures none. Needs RabbitMQ 3.10 and no
 * plugin.
 *
 * RabbitMQ 4.2.6 and later allow a passive declaration only with some permission on the name. Services (drift check) and
 * operators (queue depth) therefore get `write` on the names that they check. It grants little else: binding a queue also
 * needs `read` on an exchange, topic exchanges have topic permissions, and the other exchanges are internal.
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
      // The provisioner binds, and never publishes.
      topicPermissions: exchanges.map((exchange) => ({ exchange, write: MATCH_NOTHING, read: '.*' })),
    },
  ];
}

/** Matches the same names as `isManagedName`, so it includes entries of earlier versions that are to be removed. */
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

/** Matches exactly these names. */
function matchNames(names: readonly string[]): string {
  return names.length === 0 ? MATCH_NOTHING : `^${alternatives(names)}$`;
}

function alternatives(names: readonly string[]): string {
  return `(${[...new Set(names)].map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`;
}
