import { Client } from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { BrokerProbe } from '../../../test-support/broker-probe.js';
import { createGate } from '../../../test-support/gate.js';
import { testDatabase, testVhost } from '../../../test-support/servers.js';
import { openLink } from '../../../test-support/open-link.js';
import { RecordingLog } from '../../../test-support/recording-log.js';
import { BatchLoop } from '../consume/batch-loop.js';
import { BrokerConnection } from '../amqp/connection.js';
import { MEMBERS_MAX } from './partition-owners.js';
import { PartitionAssignment } from './partition-assignment.js';

const brokerUrl = await testVhost();
const databaseUrl = await testDatabase();
const probe = await BrokerProbe.open(brokerUrl);
const QUEUES = ['work.0', 'work.1', 'work.2', 'work.3'];
for (const queue of QUEUES) {
  const quorum = { 'x-queue-type': 'quorum', 'x-single-active-consumer': true, 'x-delivery-limit': 20 };
  await probe.channel.assertQueue(queue, { durable: true, arguments: quorum });
}

const database = new Client({ connectionString: databaseUrl });
await database.connect();
afterAll(() => database.end());

const MEMBER_LOCKS = `SELECT FROM pg_locks
  WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** Member indexes start at 0 in each test: PostgreSQL releases earlier locks with a delay. */
beforeEach(() => expect.poll(locks).toBe(0));

/** The number of advisory locks: two per member. */
async function locks(): Promise<number | null> {
  return (await database.query(MEMBER_LOCKS)).rowCount;
}

/** The backend of the replica's membership session; undefined while it is no member. */
async function findBackendPid(replica: string): Promise<number | undefined> {
  const { rows } = await database.query<{ pid: number }>(
    `SELECT DISTINCT pid FROM pg_locks JOIN pg_stat_activity AS a USING (pid)
     WHERE locktype = 'advisory' AND a.datname = current_database() AND a.application_name = $1`,
    [replica],
  );
  return rows[0]?.pid;
}

/** The member index and the member id of a replica. */
async function readMemberIds(replica: string): Promise<number[]> {
  const { rows } = await database.query<{ number: string }>(
    `SELECT objid::text AS number FROM pg_locks WHERE locktype = 'advisory' AND pid = $1 ORDER BY objid`,
    [(await findBackendPid(replica)) ?? 0],
  );
  return rows.map(({ number }) => Number(number));
}

interface HandledMessage {
  readonly replica: string;
  readonly queue: string;
  readonly text: string;
}
let handled: HandledMessage[] = [];
let replicas = 0;
afterEach(async () => {
  handled = [];
  for (const queue of QUEUES) await probe.channel.purgeQueue(queue);
});

/** Starts a replica that only consumes. */
async function join({
  broker = brokerUrl,
  database = databaseUrl,
  until = (): Promise<void> => Promise.resolve(),
} = {}) {
  replicas += 1;
  const name = `replica ${replicas}`;
  const log = new RecordingLog();
  const connection = new BrokerConnection({ url: broker, name, log });
  const loop = new BatchLoop(connection, {
    queues: QUEUES,
    batchSizeMax: 5,
    log,
    handle: async (deliveries) => {
      await until();
      for (const { queue, content } of deliveries)
        handled.push({ replica: name, queue, text: content.toString() });
    },
  });
  const assignment = new PartitionAssignment(connection, loop.queueSubscriptions, {
    databaseUrl: database,
    applicationName: name,
    log,
  });
  assignment.start();
  await connection.start();
  const die = async (): Promise<void> => {
    await assignment.stop();
    await connection.close();
  };
  const leave = async (): Promise<void> => {
    await assignment.stop();
    await loop.stop();
    await connection.close();
  };
  onTestFinished(die);
  return { name, log, loop, assignment, die, leave };
}

interface ConsumerEntry {
  readonly queue: { readonly name: string };
  readonly active: boolean;
  readonly channel_details: { readonly connection_name?: string };
}

/** The number of active partitions of each connection, in descending order. */
async function activePartitionCounts(): Promise<number[]> {
  const consumers = await probe.callManagementApi<ConsumerEntry[]>('GET', '/consumers/:vhost');
  const counts = new Map<string, number>();
  for (const { active, channel_details: channel } of consumers) {
    const name = channel.connection_name ?? '';
    counts.set(name, (counts.get(name) ?? 0) + Number(active));
  }
  return [...counts.values()].toSorted((one, other) => other - one);
}

async function publish(from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number += 1)
    for (const queue of QUEUES)
      probe.channel.publish('', queue, Buffer.from(String(number)), { persistent: true });
  await probe.countReady(QUEUES[0]!);
}

function handledFrom(queue: string): number[] {
  return handled.filter((one) => one.queue === queue).map(({ text }) => Number(text));
}

function numbered(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

describe('partitions are shared evenly', () => {
  test('when replicas join, leave and die, in order, exactly once', async () => {
    let sent = 0;
    const more = async (): Promise<void> => {
      await publish(sent + 1, sent + 20);
      sent += 20;
    };
    await join();
    await more();
    await expect.poll(activePartitionCounts).toEqual([4]);
    const second = await join();
    await more();
    await expect.poll(activePartitionCounts).toEqual([2, 2]);
    const third = await join();
    await more();
    await expect.poll(activePartitionCounts).toEqual([2, 1, 1]);
    await second.leave();
    await more();
    await expect.poll(activePartitionCounts).toEqual([2, 2]);
    await expect.poll(() => handled.length).toBe(QUEUES.length * sent);
    for (const queue of QUEUES) expect(handledFrom(queue)).toEqual(numbered(sent));
    await third.die();
    await expect.poll(activePartitionCounts).toEqual([4]);
  });

  test('after an owner lost its broker connection', async () => {
    const { link, url } = await openLink(brokerUrl);
    await join();
    const { log } = await join({ broker: url });
    await expect.poll(activePartitionCounts).toEqual([2, 2]);
    link.reset();
    await log.waitFor('broker connected', 2);
    await expect.poll(activePartitionCounts).toEqual([2, 2]);
  });
});

test('a replica settles its batch before it yields a partition', async () => {
  const [started, proceed] = [createGate(), createGate()];
  const until = (): Promise<void> => {
    started.open();
    return proceed.opened;
  };
  const first = await join({ until });
  probe.channel.publish('', QUEUES[1]!, Buffer.from('0'), { persistent: true });
  await started.opened;
  await expect.poll(locks).toBe(2); // it is the first member, so it must yield the partition of its batch
  const second = await join();
  await publish(1, 40);
  await expect.poll(activePartitionCounts).toEqual([3, 1]); // one of the two yielded partitions has a batch in progress
  proceed.open();
  await expect.poll(activePartitionCounts).toEqual([2, 2]);
  await expect.poll(() => handled.length).toBe(1 + QUEUES.length * 40);
  for (const queue of QUEUES)
    expect(handledFrom(queue)).toEqual(queue === QUEUES[1] ? [0, ...numbered(40)] : numbered(40));
  expect(new Set(handled.map(({ replica }) => replica))).toEqual(new Set([first.name, second.name]));
});

test('a replica without a partition is idle', async () => {
  const all = [await join(), await join(), await join(), await join(), await join()];
  await expect.poll(activePartitionCounts).toEqual([1, 1, 1, 1, 0]);
  await expect.poll(() => all.filter(({ assignment }) => assignment.isIdle).length).toBe(1);
});

test('replicas go on consuming while the database is unavailable', async () => {
  const { link, url } = await openLink(databaseUrl);
  const first = await join({ database: url });
  await join({ database: url });
  await expect.poll(activePartitionCounts).toEqual([2, 2]);
  await link.cut();
  await first.log.waitFor('partition rebalance failed; assignment unchanged');
  await publish(1, 20);
  await expect.poll(() => handled.length).toBe(QUEUES.length * 20);
  expect(new Set(handled.map(({ replica }) => replica)).size).toBe(2);
  expect(await activePartitionCounts()).toEqual([2, 2]);
  await link.restore();
  await join();
  await expect.poll(activePartitionCounts).toEqual([2, 1, 1]);
});

test.each(['first', 'second'])('the %s replica rejoins after it lost its session', async (which) => {
  const all = [await join()];
  await expect.poll(locks).toBe(2);
  all.push(await join());
  await expect.poll(activePartitionCounts).toEqual([2, 2]);
  const { name, log, assignment } = all[which === 'first' ? 0 : 1]!;
  const former = await findBackendPid(name);
  await database.query('SELECT pg_terminate_backend($1)', [former]);
  await log.waitFor('partition rebalance failed; assignment unchanged');
  await expect.poll(async () => [undefined, former].includes(await findBackendPid(name))).toBe(false);
  await expect.poll(locks).toBe(4);
  await expect.poll(activePartitionCounts).toEqual([2, 2]);
  expect(assignment.ownedCount).toBe(2);
  await publish(1, 20);
  await expect.poll(() => handled.length).toBe(QUEUES.length * 20);
  for (const queue of QUEUES) expect(handledFrom(queue)).toEqual(numbered(20));
  expect(new Set(handled.map(({ replica }) => replica)).size).toBe(2);
  // It is a full member again: a third replica takes over a partition.
  await join();
  await expect.poll(activePartitionCounts).toEqual([2, 1, 1]);
});

test('an owner that subscribes again regains its partition', async () => {
  const first = await join();
  await expect.poll(locks).toBe(2);
  await join();
  await expect.poll(activePartitionCounts).toEqual([2, 2]);
  const [index, memberId] = await readMemberIds(first.name);
  // Subscribes behind the other replica, which becomes the active consumer.
  await first.loop.queueSubscriptions[0]!.releasePartition();
  await expect.poll(async () => (await readMemberIds(first.name))[1]).not.toBe(memberId);
  const [kept, renewed] = await readMemberIds(first.name);
  expect(kept).toBe(index);
  expect(renewed! % MEMBERS_MAX).toBe(memberId! % MEMBERS_MAX);
  const lastHandler = (): string | undefined => handled.findLast(({ queue }) => queue === QUEUES[0])?.replica;
  let sent = 0;
  await expect
    .poll(async () => {
      sent += 1;
      probe.channel.publish('', QUEUES[0]!, Buffer.from(String(sent)), { persistent: true });
      await expect.poll(() => handled.length).toBe(sent);
      return lastHandler();
    })
    .toBe(first.name);
  expect(handledFrom(QUEUES[0]!)).toEqual(numbered(sent));
  await expect.poll(activePartitionCounts).toEqual([2, 2]);
});
