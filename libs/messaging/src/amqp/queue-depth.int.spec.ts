import { afterAll, beforeAll, expect, test } from 'vitest';

import { BrokerProbe } from '../../../../test/setup/broker.js';
import { testVhost } from '../../../../test/setup/infrastructure.js';
import { RecordingLog } from '../../../../test/setup/recording-log.js';
import { BrokerConnection } from './connection.js';
import { QueueProbe } from './queue-depth.js';

const url = await testVhost();
const broker = await BrokerProbe.open(url);
const connection = new BrokerConnection({ url, name: 'probe', log: new RecordingLog() });
const probe = new QueueProbe(connection, 'unrouted');

beforeAll(async () => {
  await expect(probe.count()).rejects.toThrow('not connected to the broker');
  const connected = new Promise<void>((resolve) => connection.onConnected(() => resolve()));
  await connection.start();
  await connected;
});

afterAll(() => connection.close());

test('it counts what lies in a queue, and leaves it there', async () => {
  await broker.channel.assertQueue('unrouted', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  expect(await probe.count()).toBe(0);
  await broker.publish('', 'unrouted', Buffer.from('lost'));
  await broker.publish('', 'unrouted', Buffer.from('lost too'));
  await expect.poll(() => probe.count()).toBe(2);
  expect(await probe.count()).toBe(2);
});

test('a queue that is not there is an error, and only of that look', async () => {
  await broker.channel.deleteQueue('unrouted');
  await expect(probe.count()).rejects.toThrow('404');
  await broker.channel.assertQueue('unrouted', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  expect(await probe.count()).toBe(0);
});
