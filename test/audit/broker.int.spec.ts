import { type ChannelModel, connect, type ConfirmChannel } from 'amqplib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../../tools/audit/audit.js';
import { type BrokerAccess, countMessages } from '../../tools/audit/broker.js';
import { waitUntilIdle } from '../../tools/audit/wait-until-idle.js';
import { SourceUnavailableError } from '../../tools/audit/snapshot.js';
import { eventContracts, subscriptions } from '#contracts';
import { applyTopology, deriveTopology, UNROUTED } from '#messaging';
import { brokerAccess, testDatabase, testVhost } from '../../libs/test-support/servers.js';
import { startGateway } from './test-gateway.js';
import { InProcessShop } from './in-process-shop.js';

const databaseUrls = {
  order: await testDatabase(),
  inventory: await testDatabase(),
  payment: await testDatabase(),
};
const url = await testVhost();
const partitions = 2;
const withoutManagement: BrokerAccess = { url, partitions };
const withManagement: BrokerAccess = { url, managementUrl: brokerAccess().management?.url };

let connection: ChannelModel;
let channel: ConfirmChannel;

beforeAll(async () => {
  const gateway = await startGateway();
  await (await InProcessShop.open(databaseUrls, gateway.url)).close();
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

const listPending = async (broker: BrokerAccess) =>
  (await waitUntilIdle({ databaseUrls, broker }, 0)).pending.map(({ en }) => en);

async function auditQ7(broker: BrokerAccess | undefined) {
  const { invariants } = await audit({ databaseUrls, broker });
  return invariants.find(({ id }) => id === 'Q7');
}

test.each([
  ['AMQP', withoutManagement],
  ['the management API', withManagement],
])('a message in a queue is pending work by %s', async (_, broker) => {
  await expect.poll(() => listPending(broker)).toEqual([]);
  const queue = 'order.processing-results.1';
  await publish('inventory.events', 'stock.held.5');
  await expect.poll(() => listPending(broker), { timeout: 10_000 }).toEqual([`messages in ${queue}: 1`]);
  await channel.purgeQueue(queue);
  await expect.poll(() => listPending(broker), { timeout: 10_000 }).toEqual([]);
});

test('only the management API counts unacknowledged messages', async () => {
  const queue = 'inventory.dead-letters';
  const delivered = new Promise<void>((resolve) => {
    void channel.consume(queue, () => resolve());
  });
  channel.sendToQueue(queue, Buffer.from('x'));
  await delivered;
  await expect
    .poll(() => listPending(withManagement), { timeout: 10_000 })
    .toEqual([`messages in ${queue}: 1`]);
  const { isIdle, unchecked } = await waitUntilIdle({ databaseUrls, broker: withoutManagement }, 0);
  expect(isIdle).toBe(true);
  expect(unchecked.map(({ en }) => en)).toEqual([
    'messages delivered and not yet acknowledged (no management URL)',
  ]);
  channel.ackAll();
  await expect.poll(() => listPending(withManagement), { timeout: 10_000 }).toEqual([]);
});

test('messages in the announcements queue are not pending work', async () => {
  await publish('order.events', 'order.completed.3');
  expect([...(await countMessages(withoutManagement)).queues.keys()]).not.toContain('order.announcements');
  expect(await listPending(withoutManagement)).toEqual([]);
});

test('an unroutable message violates Q7', async () => {
  expect(await auditQ7(withManagement)).toMatchObject({ holds: true, unchecked: [] });
  await publish('order.events', 'order.misspelt.3');
  await expect
    .poll(() => auditQ7(withoutManagement))
    .toMatchObject({
      holds: false,
      violations: [{ facts: { queue: UNROUTED, messages: 1 } }],
    });
  expect(await auditQ7(withManagement)).toMatchObject({ holds: false });
  expect(await listPending(withoutManagement)).toEqual([]);
  expect(await auditQ7(undefined)).toMatchObject({
    holds: true,
    unchecked: [{ en: '`unrouted` (no broker URL)' }],
  });
});

test('a missing queue is an error, not an empty queue', async () => {
  await expect(countMessages({ url, partitions: 4 })).rejects.toThrow(SourceUnavailableError);
  await expect(countMessages({ url, partitions: 4 })).rejects.toThrow(/order-processing\.2/);
});
