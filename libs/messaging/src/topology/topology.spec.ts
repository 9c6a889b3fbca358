import { describe, expect, test } from 'vitest';

import { eventContracts, services, subscriptions } from '#contracts';
import { partitionQueue, routingKey, SLOT_COUNT, slotForKey, RETRY_STEPS } from '../routing.js';
import { deriveTopology, type Topology } from './topology.js';

const contracts = Object.values(eventContracts);
const derive = (partitions: number): Topology => deriveTopology({ contracts, subscriptions, partitions });
const topology = derive(4);

/** The queues that this exchange routes a key to; fanout exchanges take every key. */
function queuesFor({ bindings }: Topology, exchange: string, key: string): string[] {
  const matching = bindings.filter(
    (binding) =>
      binding.exchange === exchange && (binding.routingKey === '' || matches(binding.routingKey, key)),
  );
  return [...new Set(matching.map(({ queue }) => queue))].sort();
}

/** Topic patterns: `*` is one word, `#` any number. */
function matches(pattern: string, key: string): boolean {
  const words = pattern.split('.').map((word) => (word === '*' ? '[^.]+' : word === '#' ? '.*' : word));
  return new RegExp(`^${words.join('\\.')}$`).test(key);
}

function queueArguments(queue: string) {
  const found = topology.queues.find(({ name }) => name === queue);
  if (!found) throw new Error(`no queue ${queue}`);
  return found.arguments;
}

describe('the slot of a key', () => {
  test('is its CRC-32 modulo 16', () => {
    expect(slotForKey('123456789')).toBe(0xcbf43926 % 16);
    expect(slotForKey('')).toBe(0);
    expect(slotForKey('茶')).toBe(0xed8499f4 % 16);
    expect(routingKey({ name: 'order.placed' }, '123456789')).toBe('order.placed.6');
  });
});

describe.each([1, 2, 4, 8, 16])('with %i partitions', (partitions) => {
  const topology = derive(partitions);

  test('each event reaches each subscribed service once, no other', () => {
    for (const contract of contracts) {
      for (let slot = 0; slot < SLOT_COUNT; slot += 1) {
        const key = `${contract.name}.${slot}`;
        const wanted = subscriptions
          .filter(({ events }) => events.some(({ name }) => name === contract.name))
          .map(({ consumer }) => partitionQueue(consumer, slot % partitions));
        const kept = contract.isAnnouncement ? [`${contract.producer}.announcements`] : [];
        expect(queuesFor(topology, `${contract.producer}.events`, key)).toEqual([...wanted, ...kept].sort());
      }
    }
  });

  test('every partition serves the same number of slots', () => {
    for (const { consumer, events } of subscriptions) {
      for (let partition = 0; partition < partitions; partition += 1) {
        const queue = partitionQueue(consumer, partition);
        const slots = topology.bindings.filter(
          (binding) => binding.queue === queue && binding.routingKey.startsWith(`${events[0]!.name}.`),
        );
        expect(slots).toHaveLength(SLOT_COUNT / partitions);
      }
    }
  });

  test('a due retry returns to its own partition only', () => {
    for (const { service, consumer } of subscriptions) {
      const queue = partitionQueue(consumer, partitions - 1);
      for (const { name } of RETRY_STEPS) {
        const key = `${name}.${queue}`;
        expect(queuesFor(topology, `${service}.retry`, key)).toEqual([`${service}.retry.${name}`]);
        expect(queuesFor(topology, `${service}.retry.due`, key)).toEqual([queue]);
      }
    }
  });
});

test.each([0, 3, 5, 32, 1.5, Number.NaN])('%d partitions are rejected: they must divide 16', (partitions) => {
  expect(() => derive(partitions)).toThrow(RangeError);
});

test('every queue is a quorum queue, in effect without delivery limit', () => {
  for (const queue of topology.queues) {
    expect(queue.arguments['x-queue-type']).toBe('quorum');
    expect(queue.arguments['x-delivery-limit']).toBe(1_000_000);
  }
});

test('names of exchanges and of queues are unique', () => {
  for (const entries of [topology.exchanges, topology.queues]) {
    const names = entries.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  }
});

test('a partition has one active consumer and dead-letters at-least-once', () => {
  for (const { service, consumer } of subscriptions) {
    expect(queueArguments(`${consumer}.0`)).toEqual({
      'x-queue-type': 'quorum',
      'x-single-active-consumer': true,
      'x-delivery-limit': 1_000_000,
      'x-dead-letter-exchange': `${service}.dead-letters`,
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    });
    expect(queuesFor(topology, `${service}.dead-letters`, 'anything')).toEqual([`${service}.dead-letters`]);
  }
});

test('dead letters and unrouted messages are kept without limit', () => {
  for (const queue of ['unrouted', ...services.map((service) => `${service}.dead-letters`)]) {
    expect(queueArguments(queue)).toEqual({ 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000 });
  }
});

test('each delay has a separate queue', () => {
  for (const { name, delayMs } of RETRY_STEPS) {
    expect(queueArguments(`inventory.retry.${name}`)).toMatchObject({
      'x-message-ttl': delayMs,
      'x-dead-letter-exchange': 'inventory.retry.due',
      'x-dead-letter-strategy': 'at-least-once',
    });
  }
});

test('unroutable messages go to unrouted', () => {
  const topics = topology.exchanges.filter(({ type }) => type === 'topic');
  expect(topics.map(({ alternateExchange }) => alternateExchange)).toEqual(topics.map(() => 'unrouted'));
  expect(queuesFor(topology, 'unrouted', 'anything')).toEqual(['unrouted']);
});
