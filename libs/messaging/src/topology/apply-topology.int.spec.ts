import { describe, expect, test } from 'vitest';

import { eventContracts, orderPlaced, subscriptions } from '#contracts';
import { BrokerProbe } from '../../../test-support/broker-probe.js';
import { testVhost } from '../../../test-support/servers.js';
import { applyTopology, TopologyConflictError } from './apply-topology.js';
import { deriveTopology } from './topology.js';

const contracts = Object.values(eventContracts);
const topology = deriveTopology({ contracts, subscriptions, partitions: 2 });
const url = await testVhost();
const probe = await BrokerProbe.open(url);

interface Definitions {
  readonly exchanges: {
    name: string;
    type: string;
    durable: boolean;
    internal: boolean;
    arguments: Record<string, unknown>;
  }[];
  readonly queues: { name: string; durable: boolean; arguments: Record<string, unknown> }[];
  readonly bindings: { source: string; destination: string; routing_key: string }[];
}

/** The exchanges, queues and bindings of this virtual host. RabbitMQ 4.3 exports no internal exchange: they are listed. */
async function readDefinitions(): Promise<Definitions> {
  const listed = await probe.callManagementApi<Definitions['exchanges']>('GET', '/exchanges/:vhost');
  const { queues, bindings } = await probe.callManagementApi<Definitions>('GET', '/definitions/:vhost');
  const exchanges = listed
    .filter(({ name }) => !/^(amq\..*)?$/.test(name))
    .map(({ name, type, durable, internal, arguments: args }) => ({
      name,
      type,
      durable,
      internal,
      arguments: args,
    }));
  return { exchanges, queues, bindings };
}

/** Everything the broker has in this virtual host, in one order. */
async function readBrokerTopology() {
  const { exchanges, queues, bindings } = await readDefinitions();
  return {
    exchanges: exchanges.map((exchange) => JSON.stringify(exchange)).sort(),
    queues: queues.map((queue) => JSON.stringify(queue)).sort(),
    bindings: bindings.map((binding) => JSON.stringify(binding)).sort(),
  };
}

test('applying the topology twice declares it once', async () => {
  await applyTopology(url, topology);
  const { exchanges, queues, bindings } = await readDefinitions();
  for (const { name, type, alternateExchange, internal = false } of topology.exchanges) {
    expect(exchanges.find((exchange) => exchange.name === name)).toMatchObject({
      type,
      durable: true,
      internal,
      arguments: alternateExchange ? { 'alternate-exchange': alternateExchange } : {},
    });
  }
  expect(exchanges).toHaveLength(topology.exchanges.length);
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  expect(queues.map(({ name, arguments: args }) => ({ name, arguments: args })).sort(byName)).toEqual(
    topology.queues.toSorted(byName),
  );
  expect(queues.every(({ durable }) => durable)).toBe(true);
  expect(
    new Set(bindings.map(({ source, destination, routing_key: key }) => `${source} ${key} ${destination}`)),
  ).toEqual(
    new Set(topology.bindings.map(({ exchange, routingKey, queue }) => `${exchange} ${routingKey} ${queue}`)),
  );

  const before = await readBrokerTopology();
  await applyTopology(url, topology);
  expect(await readBrokerTopology()).toEqual(before);
});

describe('an entry with other arguments is a conflict, left unchanged:', () => {
  test('a queue', async () => {
    await probe.channel.assertQueue('old', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    const wanted = { name: 'old', arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 20 } };
    const applied = applyTopology(url, { exchanges: [], queues: [wanted], bindings: [] });
    await expect(applied).rejects.toThrow(TopologyConflictError);
    await expect(applied).rejects.toThrow(
      /queue old .* Stop the services, .* delete it, provision, .* republish.*x-delivery-limit/,
    );
    expect((await readBrokerTopology()).queues.filter((queue) => queue.includes('"old"'))).toHaveLength(1);
  });

  test('an exchange', async () => {
    await probe.channel.assertExchange('old', 'topic');
    const applied = applyTopology(url, {
      exchanges: [{ name: 'old', type: 'fanout' }],
      queues: [],
      bindings: [],
    });
    await expect(applied).rejects.toThrow(TopologyConflictError);
  });
});

test('a message without a bound queue is kept in unrouted', async () => {
  await applyTopology(url, topology);
  await probe.publish('order.events', 'order.forgotten.3', Buffer.from('kept'), { persistent: true });
  await expect.poll(() => probe.countReady('unrouted')).toBe(1);
  const kept = await probe.channel.get('unrouted', { noAck: true });
  expect(kept && kept.content.toString()).toBe('kept');
  expect(kept && kept.fields.routingKey).toBe('order.forgotten.3');
});

test('two subscribed services each receive every message', async () => {
  await applyTopology(url, topology);
  const body = Buffer.from('{}');
  for (let slot = 0; slot < 16; slot += 1)
    await probe.publish('order.events', `${orderPlaced.name}.${slot}`, body);
  for (const queue of ['inventory.order-processing', 'payment.order-processing']) {
    await expect.poll(() => probe.countReady(`${queue}.0`)).toBe(8);
    await expect.poll(() => probe.countReady(`${queue}.1`)).toBe(8);
  }
});

test('two services on one queue divide its messages', async () => {
  const queue = 'order-processing';
  await probe.channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  const services = [await BrokerProbe.open(url), await BrokerProbe.open(url)];
  const received = await Promise.all(services.map((service) => service.consume(queue)));
  for (let n = 0; n < 20; n += 1) await probe.publish('', queue, Buffer.from(String(n)));
  await expect.poll(() => received.flatMap(({ items }) => items).length).toBe(20);
  const [inventory, payment] = received.map(({ items }) =>
    items.map((message) => message.content.toString()),
  );
  expect([...inventory!, ...payment!].sort()).toEqual(Array.from({ length: 20 }, (_, n) => String(n)).sort());
  expect(inventory!.length).toBeGreaterThan(0);
  expect(payment!.length).toBeGreaterThan(0);
});
