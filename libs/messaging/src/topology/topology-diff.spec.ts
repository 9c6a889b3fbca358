import { expect, test } from 'vitest';

import { eventContracts, services, subscriptions } from '#contracts';
import { deriveTopology } from './topology.js';
import { namesIn, neededBy } from './topology-diff.js';

const contracts = Object.values(eventContracts);
const topology = deriveTopology({ contracts, subscriptions, partitions: 4 });

test('everything in the topology is needed by one service, and unrouted by each', () => {
  const needed = services.flatMap((service) => namesIn(neededBy(service, topology)));
  const unrouted = namesIn(topology).filter((name) => name.includes('unrouted'));
  expect(needed.toSorted()).toEqual([...namesIn(topology), ...unrouted, ...unrouted].toSorted());
});

test('a service needs the bindings of its own queues, whoever publishes', () => {
  const names = namesIn(neededBy('inventory', topology));
  expect(names).toContain('binding order.events → inventory.order-processing.1 (order.placed.1)');
  expect(names.filter((name) => name.includes('payment'))).toEqual([]);
});
