import { type ChannelModel, connect, type ConfirmChannel } from 'amqplib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../../tools/audit/audit.js';
import { type BrokerAccess, countMessages } from '../../tools/audit/broker.js';
import { waitUntilQuiet } from '../../tools/audit/wait-until-idle.js';
import { SourceUnavailable } from '../../tools/audit/snapshot.js';
import { eventContracts, subscriptions } from '#contracts';
import { applyTopology, deriveTopology, UNROUTED } from '#messaging';
import { brokerAccess, testDatabase, testVhost } from '../setup/infrastructure.js';
import { startGateway } from './gateway.js';
import { Shop } from './shop.js';

const databaseUrls = {
  order: await testDatabase(),
  inventory: await testDatabase(),
  payment: await testDatabase(),
};
const url = await testVhost();
const partitions = 2;
const amqpOnly: BrokerAccess = { url, partitions };
const managed: BrokerAccess = { url, managementUrl: brokerAccess().management?.url };

let connection: ChannelModel;
let channel: ConfirmChannel;

beforeAll(async () => {
  const gateway = await startGateway();
  await (await Shop.open(databaseUrls, gateway.url)).close();
  await gateway.close();
  const contracts = Object.values(eventContracts);
  await applyTopology(url, deriveTopology({ contracts, subscriptions, partitions }));
  connection = await connect(url);
  channel = await connection.createConfirmChannel();
});

afterAll(() => connection.close());

async function publish(exchange: string, routingKey: string): Promise<void> {
  channel.publish(exchange, routingKey, Buffer.from('{}'));
  await channel.waitForConfirms();
}

const underWay = async (broker: BrokerAccess) =>
  (await waitUntilQuiet({ databaseUrls, broker }, 0)).underWay.map(({ en }) => en);

async function q7(broker: BrokerAccess | undefined) {
  const { invariants } = await audit({ databaseUrls, broker });
  return invariants.find(({ id }) => id === 'Q7');
}

test.each([
  ['by AMQP alone', amqpOnly],
  ['with the management API', managed],
])('a message in a queue is not quiet, %s', async (_, broker) => {
  await expect.poll(() => underWay(broker)).toEqual([]);
  const queue = 'order.processing-results.1';
  await publish('inventory.events', 'stock.held.5');
  await expect.poll(() => underWay(broker), { timeout: 10_000 }).toEqual([`messages in ${queue}: 1`]);
  await channel.purgeQueue(queue);
  await expect.poll(() => underWay(broker), { timeout: 10_000 }).toEqual([]);
});

test('a message that is delivered and not acknowledged is seen by the management API alone', async () => {
  const queue = 'inventory.dead-letters';
  const delivered = new Promise<void>((resolve) => {
    void channel.consume(queue, () => resolve());
  });
  channel.sendToQueue(queue, Buffer.from('x'));
  await delivered;
  await expect.poll(() => underWay(managed), { timeout: 10_000 }).toEqual([`messages in ${queue}: 1`]);
  const { isQuiet, unchecked } = await waitUntilQuiet({ databaseUrls, broker: amqpOnly }, 0);
  expect(isQuiet).toBe(true);
  expect(unchecked.map(({ en }) => en)).toEqual([
    'messages delivered and not yet acknowledged (no management URL)',
  ]);
  channel.ackAll();
  await expect.poll(() => underWay(managed), { timeout: 10_000 }).toEqual([]);
});

test('announcements wait for others, and are quiet', async () => {
  await publish('order.events', 'order.completed.3');
  expect([...(await countMessages(amqpOnly)).queues.keys()]).not.toContain('order.announcements');
  expect(await underWay(amqpOnly)).toEqual([]);
});

test('a message that no queue was bound for violates Q7', async () => {
  expect(await q7(managed)).toMatchObject({ holds: true, unchecked: [] });
  await publish('order.events', 'order.misspelt.3');
  await expect
    .poll(() => q7(amqpOnly))
    .toMatchObject({
      holds: false,
      violations: [{ facts: { queue: UNROUTED, messages: 1 } }],
    });
  expect(await q7(managed)).toMatchObject({ holds: false });
  expect(await underWay(amqpOnly)).toEqual([]);
  expect(await q7(undefined)).toMatchObject({
    holds: true,
    unchecked: [{ en: '`unrouted` (no broker URL)' }],
  });
});

test('a queue that is not there is an error, not an empty queue', async () => {
  await expect(countMessages({ url, partitions: 4 })).rejects.toThrow(SourceUnavailable);
  await expect(countMessages({ url, partitions: 4 })).rejects.toThrow(/order-processing\.2/);
});
