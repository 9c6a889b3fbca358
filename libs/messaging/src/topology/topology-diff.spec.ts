import { expect, test } from 'vitest';

import { eventContracts, services, subscriptions } from '#contracts';
import { deriveTopology } from './topology.js';
import { listTopologyEntries, topologyForService } from './topology-diff.js';

const contracts = Object.values(eventContracts);
const topology = deriveTopology({ contracts, subscriptions, partitions: 4 });

test('each entry is needed by one service, unrouted by all', () => {
  const needed = services.flatMap((service) => listTopologyEntries(topologyForService(service, topology)));
  const unrouted = listTopologyEntries(topology).filter((name) => name.includes('unrouted'));
  expect(needed.toSorted()).toEqual([...listTopologyEntries(topology), ...unrouted, ...unrouted].toSorted());
});

test('a service needs the bindings of its own queues', () => {
  const names = listTopologyEntries(topologyForService('inventory', topology));
  expect(names).toContain('binding order.events → inventory.order-processing.1 (order.placed.1)');
  expect(names.filter((name) => name.includes('payment'))).toEqual([]);
});
