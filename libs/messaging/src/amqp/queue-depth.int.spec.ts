import { afterAll, beforeAll, expect, test } from 'vitest';

import { BrokerProbe } from '../../../test-support/broker-probe.js';
import { testVhost } from '../../../test-support/servers.js';
import { RecordingLog } from '../../../test-support/recording-log.js';
import { BrokerConnection } from './connection.js';
import { QueueDepth } from './queue-depth.js';

const url = await testVhost();
const broker = await BrokerProbe.open(url);
const connection = new BrokerConnection({ url, name: 'probe', log: new RecordingLog() });
const queueDepth = new QueueDepth(connection, 'unrouted');

beforeAll(async () => {
  await expect(queueDepth.read()).rejects.toThrow('not connected to the broker');
  const connected = new Promise<void>((resolve) => connection.onConnected(() => resolve()));
  await connection.start();
  await connected;
});

afterAll(() => connection.close());

test('reading counts ready messages and consumes none', async () => {
  await broker.channel.assertQueue('unrouted', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  expect(await queueDepth.read()).toBe(0);
  await broker.publish('', 'unrouted', Buffer.from('lost'));
  await broker.publish('', 'unrouted', Buffer.from('lost too'));
  await expect.poll(() => queueDepth.read()).toBe(2);
  expect(await queueDepth.read()).toBe(2);
});

test('a missing queue fails that read only', async () => {
  await broker.channel.deleteQueue('unrouted');
  await expect(queueDepth.read()).rejects.toThrow('404');
  await broker.channel.assertQueue('unrouted', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  expect(await queueDepth.read()).toBe(0);
});
