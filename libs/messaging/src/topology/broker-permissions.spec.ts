import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';

import { eventContracts, services, subscriptions } from '#contracts';
import { brokerDefinitions, passwordHash } from './broker-definitions.js';
import { type BrokerPermissions, type BrokerRole, deriveBrokerPermissions } from './broker-permissions.js';
import { partitionQueue, routingKey, SLOT_COUNT, RETRY_STEPS } from '../routing.js';
import { deriveTopology } from './topology.js';

const contracts = Object.values(eventContracts);
const options = { contracts, subscriptions, partitions: 4 };
const brokerPermissions = deriveBrokerPermissions(options);
const topology = deriveTopology(options);
const names = [...new Set([...topology.exchanges, ...topology.queues].map(({ name }) => name))].sort();

function permissionsFor(role: BrokerRole): BrokerPermissions {
  return brokerPermissions.find((each) => each.role === role)!;
}

function allowed(role: BrokerRole, right: 'configure' | 'write' | 'read'): string[] {
  const pattern = new RegExp(permissionsFor(role).resourcePermissions[right]);
  return names.filter((name) => pattern.test(name));
}

/** As the broker decides: without a topic permission every routing key is allowed. */
function mayPublish(role: BrokerRole, exchange: string, key: string): boolean {
  const { resourcePermissions, topicPermissions } = permissionsFor(role);
  const topic = topicPermissions.find((each) => each.exchange === exchange);
  return new RegExp(resourcePermissions.write).test(exchange) && new RegExp(topic?.write ?? '.*').test(key);
}

describe.each(services)('%s', (service) => {
  test('configures no resource and reads only its own queues', () => {
    const own = subscriptions.filter((subscription) => subscription.service === service);
    const queues = own.flatMap(({ consumer }) => [0, 1, 2, 3].map((p) => partitionQueue(consumer, p)));
    expect(allowed(service, 'configure')).toEqual([]);
    expect(allowed(service, 'read')).toEqual([...queues, `${service}.dead-letters`].sort());
  });

  test('publishes exactly its own events, in every slot', () => {
    for (const contract of contracts) {
      for (let slot = 0; slot < SLOT_COUNT; slot += 1) {
        const key = `${contract.name}.${slot}`;
        expect(mayPublish(service, `${contract.producer}.events`, key)).toBe(contract.producer === service);
      }
      expect(mayPublish(service, `${service}.events`, `${contract.name}.x`)).toBe(false);
      expect(mayPublish(service, `${service}.events`, `x.${routingKey(contract, 'x')}`)).toBe(false);
    }
    expect(mayPublish(service, '', 'inventory.order-processing.0')).toBe(false);
    expect(mayPublish(service, 'amq.default', 'inventory.order-processing.0')).toBe(false);
  });

  test('publishes retries to its own queues only', () => {
    for (const { service: other, consumer } of subscriptions) {
      for (const { name } of RETRY_STEPS) {
        const key = `${name}.${partitionQueue(consumer, 3)}`;
        expect(mayPublish(service, `${service}.retry`, key)).toBe(other === service);
        expect(mayPublish(service, `${service}.retry.due`, key)).toBe(false);
      }
    }
  });
});

test('an operator may count queues, and not read or publish', () => {
  expect(permissionsFor('operator').tags).toEqual(['monitoring']);
  expect([allowed('operator', 'configure'), allowed('operator', 'read')]).toEqual([[], []]);
  expect(allowed('operator', 'write')).toEqual(topology.queues.map(({ name }) => name).sort());
  const both = topology.exchanges.filter(({ name }) => allowed('operator', 'write').includes(name));
  expect(both.length).toBeGreaterThan(0);
  expect(both.filter(({ internal }) => !internal)).toEqual([]);
});

test('the provisioner configures managed names only, publishes no event', () => {
  for (const right of ['configure', 'write', 'read'] as const)
    expect(allowed('provisioner', right)).toEqual(names);
  const { configure } = permissionsFor('provisioner').resourcePermissions;
  for (const other of ['', 'amq.default', 'orders.events', 'billing.events', 'my.unrouted', 'unrouted.2'])
    expect(new RegExp(configure).test(other)).toBe(false);
  for (const { name } of topology.exchanges.filter(({ type }) => type === 'topic'))
    expect(mayPublish('provisioner', name, 'order.placed.1')).toBe(false);
});

test('definitions contain passwords only as salted hashes', () => {
  const users = brokerPermissions.map((each) => ({
    credentials: { name: each.role, password: `secret-${each.role}` },
    permissions: each,
  }));
  const administrator = { name: 'admin', password: 'secret-admin' };
  const definitions = brokerDefinitions({ vhost: 'shop', users, administrator, topology });
  expect(JSON.stringify(definitions)).not.toContain('secret-');
  const salt = Buffer.from('908dc60a', 'hex');
  const hash = createHash('sha256')
    .update(Buffer.concat([salt, Buffer.from('test12')]))
    .digest();
  expect(passwordHash('test12', salt)).toBe(Buffer.concat([salt, hash]).toString('base64'));
  expect(definitions.users.map(({ name }) => name)).not.toContain('guest');
  expect(definitions.exchanges.map(({ name }) => name)).toEqual(
    expect.arrayContaining(definitions.topic_permissions.map(({ exchange }) => exchange)),
  );
});
