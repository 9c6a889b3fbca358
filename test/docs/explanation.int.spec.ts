import type { ConsumeMessage } from 'amqplib';
import { expect, test } from 'vitest';

import { BrokerProbe, Collector } from '../../libs/test-support/broker-probe.js';
import { testVhost } from '../../libs/test-support/servers.js';

const probe = await BrokerProbe.open(await testVhost());

async function publishAll(queue: string, count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) await probe.publish('', queue, Buffer.from(String(n)));
}

test('a full drop-head queue confirms every message and keeps the newest', async () => {
  await probe.channel.assertQueue('drop-head', {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-max-length': 3, 'x-overflow': 'drop-head' },
  });
  await publishAll('drop-head', 10); // each publication waits for its confirm
  await expect.poll(() => probe.countReady('drop-head')).toBe(3);
  const kept = [];
  for (let message; (message = await probe.channel.get('drop-head', { noAck: true }));)
    kept.push(message.content.toString());
  expect(kept).toEqual(['8', '9', '10']);
});

test('each reader of a stream queue receives every message from the start', async () => {
  await probe.channel.assertQueue('log', { durable: true, arguments: { 'x-queue-type': 'stream' } });
  await publishAll('log', 5);
  for (let reader = 0; reader < 2; reader += 1) {
    const channel = await probe.openChannel();
    await channel.prefetch(10);
    const read = new Collector<string>();
    const add = (message: ConsumeMessage | null): void => {
      if (!message) return;
      read.add(message.content.toString());
      channel.ack(message);
    };
    await channel.consume('log', add, { arguments: { 'x-stream-offset': 'first' } });
    expect(await read.waitForCount(5)).toEqual(['1', '2', '3', '4', '5']);
    await channel.close();
  }
});
