import type { ConsumeMessage } from 'amqplib';
import { describe, expect, onTestFinished, test } from 'vitest';

import { BrokerProbe, Collector } from '../../../test-support/broker-probe.js';
import { createGate } from '../../../test-support/gate.js';
import { testVhost } from '../../../test-support/servers.js';
import { openLink } from '../../../test-support/open-link.js';
import { RecordingLog } from '../../../test-support/recording-log.js';
import { BatchLoop } from './batch-loop.js';
import { BrokerConnection } from '../amqp/connection.js';

const brokerUrl = await testVhost();
const probe = await BrokerProbe.open(brokerUrl);
let queues = 0;

/** Declares a separate work queue for each test. */
async function workQueue(args: Record<string, unknown> = {}): Promise<string> {
  queues += 1;
  const queue = `work ${queues}`;
  const quorum = { 'x-queue-type': 'quorum', 'x-single-active-consumer': true };
  await probe.channel.assertQueue(queue, { durable: true, arguments: { ...quorum, ...args } });
  return queue;
}

async function publish(queue: string, ...texts: string[]): Promise<void> {
  for (const text of texts) probe.channel.publish('', queue, Buffer.from(text), { persistent: true });
  await probe.countReady(queue); // a round trip behind the publications
}

interface TestConsumer {
  readonly loop: BatchLoop;
  readonly connection: BrokerConnection;
  readonly batches: Collector<readonly string[]>;
  readonly log: RecordingLog;
}

async function consume(
  queues: string | readonly string[],
  handle: (texts: readonly string[], batch: readonly ConsumeMessage[]) => Promise<void> = () =>
    Promise.resolve(),
  { url = brokerUrl, batchSizeMax = 10, pauseMaxMs = 300_000 } = {},
): Promise<TestConsumer> {
  const log = new RecordingLog();
  const connection = new BrokerConnection({ url, name: 'consumer spec', log });
  const batches = new Collector<readonly string[]>();
  const loop = new BatchLoop(connection, {
    queues: [queues].flat(),
    batchSizeMax,
    pauseMaxMs,
    log,
    handle: async (deliveries) => {
      const texts = deliveries.map(({ content }) => content.toString());
      batches.add(texts);
      await handle(texts, deliveries);
    },
  });
  await connection.start();
  onTestFinished(() => connection.close());
  return { loop, connection, batches, log };
}

function numbered(count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, n) => String(from + n));
}

describe('a batch', () => {
  test('has the arrived messages in order, up to the limit', async () => {
    const queue = await workQueue();
    const first = createGate();
    const { batches } = await consume(queue, ([text]) => (text === '1' ? first.opened : Promise.resolve()));
    await publish(queue, '1');
    await batches.waitForCount(1);
    await publish(queue, ...numbered(14, 2));
    first.open();
    await expect.poll(() => batches.items.flat()).toEqual(numbered(15));
    const sizes = batches.items.map(({ length }) => length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
    expect(sizes.length).toBeLessThan(15);
  });

  test('is acknowledged once settled, and not before', async () => {
    const queue = await workQueue();
    const settled = createGate();
    const { batches } = await consume(queue, () => settled.opened);
    await publish(queue, 'a');
    await batches.waitForCount(1);
    await expect.poll(async () => (await probe.queueCounts(queue)).messages_unacknowledged).toBe(1);
    settled.open();
    await expect.poll(async () => (await probe.queueCounts(queue)).messages).toBe(0);
  });

  test('is retried after an infrastructure failure, before later messages', async () => {
    const queue = await workQueue();
    let failures = 2;
    const { batches, log } = await consume(queue, () => {
      failures -= 1;
      return failures < 0 ? Promise.resolve() : Promise.reject(new Error('the database is unavailable'));
    });
    await publish(queue, 'a');
    await log.waitFor('consumer paused');
    await publish(queue, 'b');
    const [first, second, third, fourth] = await batches.waitForCount(4);
    expect([first, second, third, fourth]).toEqual([['a'], ['a'], ['a'], ['b']]);
    expect(
      log.entries.filter(({ message }) => message === 'consumer paused').map(({ fields }) => fields),
    ).toEqual([expect.objectContaining({ pauseMs: 100 }), expect.objectContaining({ pauseMs: 200 })]);
  });
});

test('a long pause gives the messages back once, until the batch is settled', async () => {
  const queue = await workQueue();
  const counts: unknown[] = [];
  let isAvailable = false;
  const handle = async (_: readonly string[], [delivery]: readonly ConsumeMessage[]): Promise<void> => {
    counts.push(delivery!.properties.headers?.['x-delivery-count']);
    if (!isAvailable) throw Object.assign(new Error('read-only'), { code: '25006' });
  };
  const { loop, log, batches } = await consume(queue, handle, { pauseMaxMs: 200 });
  await publish(queue, 'a', 'b');
  await log.waitFor('consumer unsubscribed until its batch is processed');
  await expect.poll(() => probe.countReady(queue)).toBe(2);
  const before = batches.items.length;
  await batches.waitForCount(before + 2); // from memory
  expect(loop.isSubscribed).toBe(false);
  isAvailable = true;
  await expect.poll(async () => (await probe.queueCounts(queue)).messages).toBe(0);
  expect(loop.isSubscribed).toBe(true);
  expect(batches.items.at(-1)).toEqual(['a', 'b']);
  expect(counts.at(-1)).toBe(1);
});

describe('a batch of several queues', () => {
  test('takes equal shares, each in order', async () => {
    const [one, other] = [await workQueue(), await workQueue()];
    const first = createGate();
    const { batches } = await consume([one, other], ([text]) =>
      text === 'first' ? first.opened : Promise.resolve(),
    );
    await publish(one, 'first');
    await batches.waitForCount(1);
    await publish(one, ...numbered(20));
    await publish(other, ...numbered(20, 101));
    await expect.poll(async () => (await probe.queueCounts(other)).messages_unacknowledged).toBe(20);
    first.open();
    const [, second] = await batches.waitForCount(2);
    expect(second!.filter((text) => Number(text) < 100)).toEqual(numbered(5));
    expect(second!.filter((text) => Number(text) > 100)).toEqual(numbered(5, 101));
    await expect.poll(() => batches.items.flat()).toHaveLength(41);
    await expect.poll(async () => (await probe.queueCounts(one)).messages).toBe(0);
    await expect.poll(async () => (await probe.queueCounts(other)).messages).toBe(0);
  });

  test('continues without the queue whose subscription has ended', async () => {
    const [kept, lost] = [await workQueue(), await workQueue()];
    const first = createGate();
    let isUnavailable = true;
    const { loop, batches, log } = await consume([kept, lost], ([text]) => {
      if (text === 'first') return first.opened;
      return isUnavailable ? Promise.reject(new Error('the database is unavailable')) : Promise.resolve();
    });
    await publish(kept, 'first');
    await batches.waitForCount(1);
    await publish(kept, 'kept');
    await publish(lost, 'lost');
    for (const queue of [kept, lost]) await expect.poll(() => probe.countReady(queue)).toBe(0);
    first.open();
    await expect.poll(() => batches.items.at(-1)?.length).toBe(2);
    await probe.channel.deleteQueue(lost);
    await log.waitFor('broker cancelled the consumer');
    isUnavailable = false;
    await expect.poll(async () => (await probe.queueCounts(kept)).messages).toBe(0);
    expect(batches.items.at(-1)).toEqual(['kept']);
    await loop.stop();
  });
});

describe('when the connection is lost during a batch', () => {
  test('the redelivered batch waits until the first one ends', async () => {
    const queue = await workQueue();
    const { link, url } = await openLink(brokerUrl);
    const old = createGate();
    let runningCount = 0;
    let runningMax = 0;
    const { loop, batches, log } = await consume(
      queue,
      async () => {
        runningCount += 1;
        runningMax = Math.max(runningMax, runningCount);
        if (batches.items.length === 1) await old.opened;
        runningCount -= 1;
      },
      { url },
    );
    await publish(queue, 'a', 'b');
    await batches.waitForCount(1);
    link.reset();
    await log.waitFor('broker connected', 2);
    await expect.poll(() => loop.isSubscribed).toBe(true);
    await expect.poll(() => probe.countReady(queue)).toBe(0); // both are redelivered
    old.open();
    await expect.poll(async () => (await probe.queueCounts(queue)).messages).toBe(0);
    expect(batches.items.slice(1).flat()).toEqual(['a', 'b']);
    expect(runningMax).toBe(1);
  });

  test('one consumer remains after repeated reconnects', async () => {
    const queue = await workQueue();
    const { link, url } = await openLink(brokerUrl);
    const { loop, log } = await consume(queue, undefined, { url });
    for (let connections = 1; connections <= 4; connections += 1) {
      await log.waitFor('broker connected', connections);
      await expect.poll(() => loop.isSubscribed).toBe(true);
      if (connections < 4) link.reset();
    }
    await expect.poll(() => probe.countConsumers(queue)).toBe(1);
    expect(log.count('subscribe failed')).toBe(0);
  });
});

test('a consumer resubscribes to a queue that is declared again', async () => {
  const queue = await workQueue();
  const { batches, log } = await consume(queue);
  await publish(queue, 'before');
  await batches.waitForCount(1);
  await probe.channel.deleteQueue(queue);
  await log.waitFor('broker cancelled the consumer');
  await log.waitFor('subscribe failed');
  const quorum = { 'x-queue-type': 'quorum', 'x-single-active-consumer': true };
  await probe.channel.assertQueue(queue, { durable: true, arguments: quorum });
  await publish(queue, 'after');
  expect(await batches.waitForCount(2)).toEqual([['before'], ['after']]);
});

describe('stop', () => {
  test('acknowledges the batch in progress and requeues in order', async () => {
    const queue = await workQueue();
    const settled = createGate();
    const { loop, batches } = await consume(queue, () => settled.opened, { batchSizeMax: 2 });
    await publish(queue, ...numbered(5));
    const [unacked] = await batches.waitForCount(1);
    const stopped = loop.stop();
    settled.open();
    await stopped;
    expect(batches.items).toHaveLength(1);
    const next = await consume(queue);
    await expect
      .poll(() => next.batches.items.flat())
      .toEqual(numbered(5 - unacked!.length, unacked!.length + 1));
  });

  test('does not wait for unavailable infrastructure', async () => {
    const queue = await workQueue();
    const { loop, log } = await consume(queue, () => Promise.reject(new Error('away')));
    await publish(queue, 'a');
    await log.waitFor('consumer paused', 4);
    await loop.stop();
    await expect.poll(() => probe.countReady(queue)).toBe(1);
  });

  test('ends on a link that drops every packet', async () => {
    const { link, url } = await openLink(brokerUrl);
    const queue = await workQueue();
    const { loop, batches } = await consume(queue, undefined, { url });
    await publish(queue, 'a');
    await batches.waitForCount(1);
    link.blackHole();
    await loop.stop();
    await link.restore();
  });
});

describe('after a crash', () => {
  /** Receives `count` messages and closes the channel without an acknowledgement. */
  async function crash(queue: string, count: number): Promise<void> {
    const victim = await BrokerProbe.open(brokerUrl);
    await victim.channel.prefetch(count);
    const received = new Collector<ConsumeMessage>();
    await victim.channel.consume(queue, (message) => message && received.add(message));
    await received.waitForCount(count);
    await victim.channel.close();
  }

  test('redelivered messages are handled in batches, in order', async () => {
    const queue = await workQueue();
    await publish(queue, ...numbered(12));
    await crash(queue, 4);
    const { batches } = await consume(queue, undefined, { batchSizeMax: 4 });
    await expect.poll(() => batches.items.flat()).toEqual(numbered(12));
    expect(batches.items.length).toBeLessThan(12);
  });
});
