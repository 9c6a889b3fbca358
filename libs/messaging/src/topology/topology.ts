import type { EventContract, Service, Subscription } from '#contracts';
import {
  assertPartitionCount,
  eventsExchange,
  partitionForSlot,
  partitionQueue,
  SLOT_COUNT,
  RETRY_STEPS,
  retryExchange,
  retryDueExchange,
  retryQueue,
  deadLetterExchange,
  deadLetterQueue,
  UNROUTED,
} from '../routing.js';

/** A durable exchange. */
export interface Exchange {
  readonly name: string;
  readonly type: 'topic' | 'fanout';
  /** Receives the messages that this exchange cannot route. */
  readonly alternateExchange?: string;
  /** Only the broker publishes to it, by dead-lettering or as an alternate exchange; no user can. */
  readonly internal?: true;
}

/** A durable queue, with its `x-…` arguments. */
export interface Queue {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string | number | boolean>>;
}

/** A binding of a queue to an exchange. */
export interface Binding {
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
}

/** Exchanges, queues and bindings, as plain data to apply, compare or print. */
export interface Topology {
  readonly exchanges: readonly Exchange[];
  readonly queues: readonly Queue[];
  readonly bindings: readonly Binding[];
}

/** Input of {@link deriveTopology}. */
export interface TopologyOptions {
  /** Every event, in all versions. Required. */
  readonly contracts: readonly EventContract[];
  /** Every subscription. Required. */
  readonly subscriptions: readonly Subscription[];
  /** Queues per consumer: 1, 2, 4, 8 or 16. Required. */
  readonly partitions: number;
}

/**
 * In effect no limit: the broker counts closed channels, and each counts for every message prefetched on it. Consumers find
 * poison messages by `CrashMarks` instead. RabbitMQ 3.10 reads `-1` as "no delivery at all"; RabbitMQ 4 has a default of 20.
 */
const NO_DELIVERY_LIMIT = 1_000_000;

/** Maximum of announcements that are kept for other systems; the oldest is dropped first. */
const ANNOUNCEMENTS_MAX = 10_000;

/**
 * Derives the topology from the contracts and subscriptions. All queues are quorum queues; a partition has a single active
 * consumer, so its messages are handled in order. Needs RabbitMQ 3.10 and no plugin.
 *
 * @throws RangeError when `partitions` does not divide 16
 */
export function deriveTopology({ contracts, subscriptions, partitions }: TopologyOptions): Topology {
  assertPartitionCount(partitions);
  const producers = [...new Set(contracts.map((contract) => contract.producer))];
  const consumers = [...new Set(subscriptions.map((subscription) => subscription.service))];
  const parts: Topology[] = [
    unroutedPart(),
    ...producers.map((producer) => producerPart(producer, contracts)),
    ...consumers.map((service) => retryAndDeadLetterPart(service)),
    ...subscriptions.map((subscription) => subscriptionPart(subscription, partitions)),
  ];
  return {
    exchanges: parts.flatMap((part) => part.exchanges),
    queues: parts.flatMap((part) => part.queues),
    bindings: parts.flatMap((part) => part.bindings),
  };
}

function unroutedPart(): Topology {
  return {
    exchanges: [{ name: UNROUTED, type: 'fanout', internal: true }],
    queues: [{ name: UNROUTED, arguments: unlimitedQueueArguments() }],
    bindings: [{ queue: UNROUTED, exchange: UNROUTED, routingKey: '' }],
  };
}

/** A producer's exchange, and the queue of its latest announcements. */
function producerPart(producer: Service, contracts: readonly EventContract[]): Topology {
  const exchange = eventsExchange(producer);
  const announced = contracts.filter((contract) => contract.producer === producer && contract.isAnnouncement);
  const queue = `${producer}.announcements`;
  return {
    exchanges: [{ name: exchange, type: 'topic', alternateExchange: UNROUTED }],
    queues: announced.length
      ? [
          {
            name: queue,
            arguments: {
              'x-queue-type': 'quorum',
              'x-max-length': ANNOUNCEMENTS_MAX,
              'x-overflow': 'drop-head',
              'x-delivery-limit': NO_DELIVERY_LIMIT,
            },
          },
        ]
      : [],
    bindings: announced.map(({ name }) => ({ queue, exchange, routingKey: `${name}.*` })),
  };
}

/** Exchanges and queues for the retries and dead letters of a consuming service. */
function retryAndDeadLetterPart(service: Service): Topology {
  const retry = retryExchange(service);
  const due = retryDueExchange(service);
  return {
    exchanges: [
      { name: retry, type: 'topic', alternateExchange: UNROUTED },
      { name: due, type: 'topic', alternateExchange: UNROUTED },
      { name: deadLetterExchange(service), type: 'fanout', internal: true },
    ],
    queues: [
      ...RETRY_STEPS.map((step) => ({
        name: retryQueue(service, step.name),
        arguments: {
          ...deadLetterArguments(due),
          'x-message-ttl': step.delayMs,
          'x-delivery-limit': NO_DELIVERY_LIMIT,
        },
      })),
      { name: deadLetterQueue(service), arguments: unlimitedQueueArguments() },
    ],
    bindings: [
      ...RETRY_STEPS.map((step) => ({
        queue: retryQueue(service, step.name),
        exchange: retry,
        routingKey: `${step.name}.#`,
      })),
      { queue: deadLetterQueue(service), exchange: deadLetterExchange(service), routingKey: '' },
    ],
  };
}

/**
 * A consumer's partitions, each bound to the subscribed events in the slots of that partition. With 4 partitions,
 * `inventory.order-processing.2` is bound to `order.placed.2`, `.6`, `.10`, `.14` and so on, and to its own due retries.
 */
function subscriptionPart({ consumer, service, events }: Subscription, partitions: number): Topology {
  const queues = Array.from({ length: partitions }, (_, partition) => ({
    name: partitionQueue(consumer, partition),
    arguments: {
      ...deadLetterArguments(deadLetterExchange(service)),
      'x-single-active-consumer': true,
      'x-delivery-limit': NO_DELIVERY_LIMIT,
    },
  }));
  const fromEvents = events.flatMap((contract) =>
    Array.from({ length: SLOT_COUNT }, (_, slot) => ({
      queue: partitionQueue(consumer, partitionForSlot(slot, partitions)),
      exchange: eventsExchange(contract.producer),
      routingKey: `${contract.name}.${slot}`,
    })),
  );
  const fromRetries = queues.map(({ name }) => ({
    queue: name,
    exchange: retryDueExchange(service),
    routingKey: `*.${name}`,
  }));
  return { exchanges: [], queues, bindings: [...fromEvents, ...fromRetries] };
}

/**
 * At-least-once dead-lettering: the broker keeps the message until the target queue has confirmed it. RabbitMQ
 * requires `reject-publish` for it; these queues have no length limit, so that no publication is rejected.
 */
function deadLetterArguments(exchange: string) {
  return {
    'x-queue-type': 'quorum',
    'x-dead-letter-exchange': exchange,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  };
}

/** A queue that drops no message: no dead-letter target, no length limit, in effect no delivery limit. */
function unlimitedQueueArguments() {
  return { 'x-queue-type': 'quorum', 'x-delivery-limit': NO_DELIVERY_LIMIT };
}
