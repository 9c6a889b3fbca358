import type { ChannelModel } from 'amqplib';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { BrokerProbe } from '../../../test-support/broker-probe.js';
import { testVhost } from '../../../test-support/servers.js';
import { openLink } from '../../../test-support/open-link.js';
import { RecordingLog } from '../../../test-support/recording-log.js';
import { BrokerConnection } from '../amqp/connection.js';
import {
  BrokerUnavailableError,
  PublishOutcomeUnknownError,
  PublishNackedError,
  UnpublishableError,
} from '../errors.js';
import { ConfirmPublisher } from './confirm-publisher.js';
import type { Publication } from './publication.js';

const brokerUrl = await testVhost();
const probe = await BrokerProbe.open(brokerUrl);
const quorum = { durable: true, arguments: { 'x-queue-type': 'quorum' } };
await probe.channel.assertQueue('kept', quorum);
const never = new AbortController().signal;

afterEach(async () => {
  await probe.channel.purgeQueue('kept');
});

async function connected(url = brokerUrl) {
  const log = new RecordingLog();
  const connection = new BrokerConnection({ url, name: 'publisher spec', log });
  let model: ChannelModel | undefined;
  connection.onConnected((current) => (model = current));
  const publisher = new ConfirmPublisher(connection, log);
  await connection.start();
  onTestFinished(() => connection.close());
  await publisher.whenAvailable(never);
  return { connection, publisher, log, model: () => model! };
}

function to(routingKey: string, exchange = ''): Publication {
  return { exchange, routingKey, body: Buffer.from('body'), properties: { persistent: true } };
}

/** The state of a promise after one round trip to the broker. */
async function nextState(promise: Promise<unknown>): Promise<'pending' | 'settled'> {
  await probe.countReady('kept'); // a round trip to the broker
  return Promise.race([
    promise.then(
      () => 'settled',
      () => 'settled',
    ),
    Promise.resolve('pending'),
  ]) as Promise<'pending' | 'settled'>;
}

test('a publication resolves once confirmed, and not before', async () => {
  const { link, url } = await openLink(brokerUrl);
  const { publisher } = await connected(url);
  link.blackHole();
  const published = publisher.publish(to('kept'));
  expect(await nextState(published)).toBe('pending');
  await link.restore();
  await published;
  expect(await probe.countReady('kept')).toBe(1);
});

test('a nack rejects one message, its neighbours are confirmed', async () => {
  const { publisher } = await connected();
  await probe.channel.assertQueue('full', {
    durable: true,
    arguments: { 'x-queue-type': 'classic', 'x-max-length': 1, 'x-overflow': 'reject-publish' },
  });
  await publisher.publish(to('full'));
  const outcomes = await Promise.allSettled(
    ['kept', 'full', 'kept'].map((queue) => publisher.publish(to(queue))),
  );
  expect(outcomes).toEqual([
    { status: 'fulfilled', value: undefined },
    { status: 'rejected', reason: expect.any(PublishNackedError) as Error },
    { status: 'fulfilled', value: undefined },
  ]);
  expect(publisher.isAvailable).toBe(true);
});

test('a closed channel leaves messages unknown; another opens', async () => {
  const { publisher } = await connected();
  const outcomes = await Promise.allSettled([
    publisher.publish(to('x', 'no such exchange')),
    publisher.publish(to('kept')),
    publisher.publish(to('kept')),
  ]);
  const unknown = { status: 'rejected', reason: expect.any(PublishOutcomeUnknownError) as Error };
  expect(outcomes).toEqual([unknown, unknown, unknown]);
  const [first] = outcomes;
  expect(first).toHaveProperty('reason.cause.code', 404);
  await publisher.whenAvailable(never);
  await publisher.publish(to('kept'));
});

test('an unpublishable message leaves the channel open', async () => {
  const { publisher } = await connected();
  const tooLong = { ...to('kept'), properties: { correlationId: 'x'.repeat(256) } };
  const outcomes = await Promise.allSettled([
    publisher.publish(to('kept')),
    publisher.publish(tooLong),
    publisher.publish(to('kept')),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await expect(publisher.publish(tooLong)).rejects.toThrow(UnpublishableError);
  expect(await probe.countReady('kept')).toBe(2);
});

describe('when the link is cut', () => {
  test('messages are unknown or rejected until it is restored', async () => {
    const { link, url } = await openLink(brokerUrl);
    const { publisher, connection } = await connected(url);
    link.blackHole();
    const inFlight = publisher.publish(to('kept'));
    await link.cut();
    const outcome = await inFlight.catch((error: Error) => error);
    expect(outcome).toBeInstanceOf(PublishOutcomeUnknownError);
    expect((outcome as Error).cause).toBeUndefined();
    expect(connection.state).toBe('disconnected');
    await expect(publisher.publish(to('kept'))).rejects.toThrow(BrokerUnavailableError);

    const available = publisher.whenAvailable(never);
    expect(await nextState(available)).toBe('pending');
    await link.restore();
    expect(await available).toBe(true);
    await publisher.publish(to('kept'));
  });

  test('whenAvailable can be aborted', async () => {
    const { link, url } = await openLink(brokerUrl);
    const { publisher, log } = await connected(url);
    await link.cut();
    await log.waitFor('broker disconnected; reconnecting');
    const giveUp = new AbortController();
    const available = publisher.whenAvailable(giveUp.signal);
    giveUp.abort();
    expect(await available).toBe(false);
  });
});

test('a broker with an alarm receives no message', async () => {
  const { publisher, connection, model } = await connected();
  model().emit('blocked', 'low on memory');
  expect(connection.state).toBe('blocked');
  expect(publisher.isAvailable).toBe(false);
  await expect(publisher.publish(to('kept'))).rejects.toThrow(BrokerUnavailableError);
  const available = publisher.whenAvailable(never);
  model().emit('unblocked');
  expect(await available).toBe(true);
  await publisher.publish(to('kept'));
  expect(await probe.countReady('kept')).toBe(1);
});

test('a missing confirm leaves the outcome unknown after 30 s', async () => {
  const { link, url } = await openLink(brokerUrl);
  const { publisher } = await connected(url);
  link.blackHole();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const outcome = publisher.publish(to('kept')).catch((error: Error) => error);
  vi.advanceTimersByTime(29_999);
  expect(await nextState(outcome)).toBe('pending');
  vi.advanceTimersByTime(1);
  expect(await outcome).toBeInstanceOf(PublishOutcomeUnknownError);
  expect(((await outcome) as Error).cause).toBeUndefined();
  await link.restore();
});

test('a connection closes even without a response', async () => {
  const { link, url } = await openLink(brokerUrl);
  const { connection } = await connected(url);
  link.blackHole();
  await connection.close();
  expect(connection.state).toBe('disconnected');
});

test('closing the connection settles pending publications', async () => {
  const { connection, publisher } = await connected();
  const outcomes = Promise.allSettled([publisher.publish(to('kept')), publisher.publish(to('kept'))]);
  await connection.close();
  await outcomes;
  await expect(publisher.publish(to('kept'))).rejects.toThrow(BrokerUnavailableError);
});
