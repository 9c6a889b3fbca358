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

export interface Exchange {
  readonly name: string;
  readonly type: 'topic' | 'fanout';
  readonly alternateExchange?: string;
  /** Only the broker itself puts messages in: nobody can publish to it, whatever his rights. */
  readonly internal?: true;
}

export interface Queue {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string | number | boolean>>;
}

export interface Binding {
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
}

/** Every exchange, queue and binding there is. Data: apply it, compare it, draw it. */
export interface Topology {
  readonly exchanges: readonly Exchange[];
  readonly queues: readonly Queue[];
  readonly bindings: readonly Binding[];
}

export interface TopologyOptions {
  readonly contracts: readonly EventContract[];
  readonly subscriptions: readonly Subscription[];
  /** Queues per consumer; divides 16. */
  readonly partitions: number;
}

/**
 * How often the broker delivers a message before it gives up on it. High, because closing a channel counts against
 * every message prefetched on it: a message that kills its consumer must not take its neighbours along.
 */
const DELIVERY_LIMIT = 20;

/** Practically never: on RabbitMQ 3.10 `-1` would mean "not even once". */
const NO_DELIVERY_LIMIT = 1_000_000;

/** How many announcements that nobody of ours needs are kept for others to look at. */
const ANNOUNCEMENTS_MAX = 10_000;

/** Derives the whole topology from the contracts and who subscribes to them. No plugin is needed, RabbitMQ 3.10 is enough. */
export function deriveTopology({ contracts, subscriptions, partitions }: TopologyOptions): Topology {
  assertPartitionCount(partitions);
  const producers = [...new Set(contracts.map((contract) => contract.producer))];
  const consumers = [...new Set(subscriptions.map((subscription) => subscription.service))];
  const parts: Topology[] = [
    unroutedPart(),
    ...producers.map((producer) => producerPart(producer, contracts)),
    ...consumers.map((service) => recoveryPart(service)),
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

/** A producer's exchange, and the queue that keeps its latest announcements. */
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

/** What a consuming service needs for its retries and its dead letters. */
function recoveryPart(service: Service): Topology {
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

/** A consumer's queues, bound straight to the events it wants in the slots it serves. */
function subscriptionPart({ consumer, service, events }: Subscription, partitions: number): Topology {
  const queues = Array.from({ length: partitions }, (_, partition) => ({
    name: partitionQueue(consumer, partition),
    arguments: {
      ...deadLetterArguments(deadLetterExchange(service)),
      'x-single-active-consumer': true,
      'x-delivery-limit': DELIVERY_LIMIT,
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
 * At-least-once dead-lettering: the broker keeps the message here until its target has confirmed it. It demands
 * `reject-publish`, which without a length limit refuses nothing.
 */
function deadLetterArguments(exchange: string) {
  return {
    'x-queue-type': 'quorum',
    'x-dead-letter-exchange': exchange,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  };
}

/** A queue that never drops anything: no target, no cap, practically no delivery limit. */
function unlimitedQueueArguments() {
  return { 'x-queue-type': 'quorum', 'x-delivery-limit': NO_DELIVERY_LIMIT };
}
