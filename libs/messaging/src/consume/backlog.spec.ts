import { beforeEach, describe, expect, test, vi } from 'vitest';

import type { BrokerConnection } from '../amqp/connection.js';
import { ConsumerBacklog } from './backlog.js';
import type { BatchLoop } from './batch-loop.js';

const SETTLING = 'prefetched messages may be unsettled';

/** The parts of a loop that the backlog reads. A caught-up consumer: subscribed, not paused, no message. */
const caughtUp = { isSubscribed: true, pausedBy: undefined as unknown, oldestTimestamp: Infinity };
const loop = { ...caughtUp, queueSubscriptions: [{ queue: 'inventory.work.0', subscriptionCount: 1 }] };
let depth: () => Promise<number>;
let backlog: ConsumerBacklog;

/** A connection whose queues have `depth` ready messages. */
const connection = {
  get current() {
    return {
      createChannel: () =>
        Promise.resolve({
          on: () => {},
          close: () => Promise.resolve(),
          checkQueue: async () => ({ messageCount: await depth() }),
        }),
    };
  },
} as unknown as BrokerConnection;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] });
  Object.assign(loop, caughtUp);
  loop.queueSubscriptions[0]!.subscriptionCount = 1;
  depth = () => Promise.resolve(0);
  backlog = new ConsumerBacklog(connection, [loop as unknown as BatchLoop]);
  return () => vi.useRealTimers();
});

/** Lets the backlog see a consumer that has caught up, and the time pass that other replicas have to settle. */
async function settle(): Promise<void> {
  await backlog.reason();
  vi.advanceTimersByTime(2_001);
  expect(await backlog.reason()).toBeUndefined();
}

test('a consumer that has caught up has no backlog after 2 s', async () => {
  expect(await backlog.reason()).toBe(SETTLING);
  vi.advanceTimersByTime(2_000);
  expect(await backlog.reason()).toBe(SETTLING);
  vi.advanceTimersByTime(1);
  expect(await backlog.reason()).toBeUndefined();
});

describe.each([
  ['it is not subscribed', { isSubscribed: false }, 'not subscribed to every queue'],
  ['it is paused', { pausedBy: new Error('read-only') }, 'consumer paused: read-only'],
  ['an old message is unsettled', { oldestTimestamp: 0 }, 'old messages are unsettled'],
])('while %s', (_, state, reason) => {
  test('the reason is named, and 2 s pass after its end', async () => {
    await settle();
    Object.assign(loop, state);
    expect(await backlog.reason()).toBe(reason);
    Object.assign(loop, caughtUp);
    expect(await backlog.reason()).toBe(SETTLING);
    vi.advanceTimersByTime(2_001);
    expect(await backlog.reason()).toBeUndefined();
  });
});

test.each([
  [5_000, undefined],
  [5_001, 'old messages are unsettled'],
])('a message that was published %i ms ago: %s', async (ageMs, reason) => {
  vi.setSystemTime(1_000_000);
  await settle();
  loop.oldestTimestamp = (Date.now() - ageMs) / 1_000;
  expect(await backlog.reason()).toBe(reason);
});

test('messages in a queue are a backlog', async () => {
  await settle();
  depth = () => Promise.resolve(3);
  expect(await backlog.reason()).toBe('messages ready in the queues: 3');
});

test('a queue that cannot be read counts as a backlog', async () => {
  await settle();
  depth = () => Promise.reject(new Error('channel closed'));
  expect(await backlog.reason()).toBe('the queues cannot be read: channel closed');
});

test('a new subscription restarts the 2 s: its messages were another replica’s', async () => {
  await settle();
  loop.queueSubscriptions[0]!.subscriptionCount = 2;
  expect(await backlog.reason()).toBe(SETTLING);
  vi.advanceTimersByTime(2_001);
  expect(await backlog.reason()).toBeUndefined();
});
