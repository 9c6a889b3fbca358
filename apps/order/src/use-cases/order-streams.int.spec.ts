import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, expect, test } from 'vitest';

import { type Database, statement } from '#database';
import { openDatabase } from '../../../../libs/test-support/database.js';
import { testDatabase } from '../../../../libs/test-support/servers.js';
import { RecordingLog } from '../../../../libs/test-support/recording-log.js';
import { migrations } from '../persistence/migrations.js';
import { OrderChanges } from './order-changes.js';
import {
  OrderStreams,
  type OrderStreamsOptions,
  type StreamRequest,
  TooManyStreamsError,
} from './order-streams.js';

const database = await openDatabase(await testDatabase(), migrations);

const ADD_ORDER = statement(
  'add_order',
  `INSERT INTO orders (id, customer_id, status, stock, stock_sequence, payment, payment_sequence, version, total_amount,
                       currency, correlation_id, deadline_at)
   VALUES ($1, 'guest', 'pending', 'none', 0, 'none', 0, 1, 1, 'CNY', 'c', now())`,
);
const ADD_STEP = statement(
  'add_step',
  `WITH step AS (
     INSERT INTO order_transitions (order_id, version, trigger, to_status, stock, payment, at)
     VALUES ($1, $2, 'spec', $3, 'none', 'none', now())
   )
   UPDATE orders SET version = $2, status = $3 WHERE id = $1`,
);

let streams: OrderStreams | undefined;
let statements: string[] = [];
afterEach(() => streams?.onModuleDestroy());

/** The streams of one process, on a database whose statements are recorded. */
function startStreams(options: Partial<OrderStreamsOptions> = {}): OrderStreams {
  statements = [];
  const recorded = Object.create(database) as Database;
  recorded.query = (sql, values) => {
    statements.push(sql.name);
    return database.query(sql, values);
  };
  streams = new OrderStreams(recorded, new OrderChanges(), {
    streamsMax: 100,
    streamsPerCallerMax: 100,
    pollIntervalMs: 20,
    log: new RecordingLog(),
    ...options,
  });
  streams.onApplicationBootstrap();
  return streams;
}

async function addOrder(): Promise<string> {
  const orderId = uuidv7();
  await database.query(ADD_ORDER, [orderId]);
  await addStep(orderId, 1, 'pending');
  return orderId;
}

function addStep(orderId: string, version: number, status: string): Promise<unknown> {
  return database.query(ADD_STEP, [orderId, version, status]);
}

const requestStream = (orderId: string, options: Partial<StreamRequest> = {}) =>
  streams!.open({ orderId, viewer: 'everyone', sub: 'guest', afterVersion: 0, endsInMs: 60_000, ...options });

async function open(orderId: string, options: Partial<StreamRequest> = {}) {
  const stream = await requestStream(orderId, options);
  if (stream === undefined || stream === 'ended') throw new Error(`no stream: ${stream}`);
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    ids: () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)),
    text: () => text,
    hasEnded: () => stream.readableEnded,
    close: () => stream.destroy(),
  };
}

test('a stream sends the history, then changes made by another replica, and ends with the order', async () => {
  startStreams();
  const orderId = await addOrder();
  const stream = await open(orderId);
  await expect.poll(stream.ids).toEqual([1]);
  await addStep(orderId, 2, 'confirmed');
  await expect.poll(stream.ids).toEqual([1, 2]);
  await addStep(orderId, 3, 'completed');
  await expect.poll(stream.hasEnded).toBe(true);
  expect(stream.ids()).toEqual([1, 2, 3]);
});

test('streams of many orders share one statement per poll', async () => {
  startStreams({ pollIntervalMs: 60_000 });
  const orderIds = await Promise.all(Array.from({ length: 50 }, addOrder));
  const opened = await Promise.all(orderIds.map((orderId) => open(orderId)));
  for (const stream of opened) await expect.poll(stream.ids).toEqual([1]);
  expect(statements.filter((name) => name === 'orders_find_stream_positions').length).toBeLessThan(10);
  expect(statements.filter((name) => name === 'order_transitions_find_of_many').length).toBeLessThan(10);
});

test('a Last-Event-ID beyond the order counts as its current version', async () => {
  startStreams();
  const orderId = await addOrder();
  const stream = await open(orderId, { afterVersion: 999_999_999 });
  await addStep(orderId, 2, 'completed');
  await expect.poll(stream.hasEnded).toBe(true);
  expect(stream.ids()).toEqual([2]);
  expect(await requestStream(orderId, { afterVersion: 999_999_999 })).toBe('ended');
  expect(await requestStream(uuidv7())).toBeUndefined();
  expect(streams!.count).toBe(0);
});

test('one stream above the max is refused; a closed stream makes room', async () => {
  startStreams({ streamsMax: 2 });
  const orderId = await addOrder();
  const [first] = [await open(orderId), await open(orderId)];
  await expect(requestStream(orderId)).rejects.toThrow(TooManyStreamsError);
  first?.close();
  await expect.poll(() => streams!.count).toBe(1);
  await open(orderId);
});

test('one stream above the max of a caller is refused, another caller has room', async () => {
  startStreams({ streamsPerCallerMax: 2 });
  const orderId = await addOrder();
  const [first] = [await open(orderId), await open(orderId)];
  await expect(requestStream(orderId)).rejects.toMatchObject({ ofCaller: true });
  await open(orderId, { sub: 'another' });
  first?.close();
  await expect.poll(() => streams!.count).toBe(2);
  await open(orderId);
});

test('an idle stream gets heartbeats and ends after its lifetime', async () => {
  startStreams({ heartbeatIntervalMs: 20, lifetimeMs: 100 });
  const stream = await open(await addOrder());
  await expect.poll(stream.hasEnded).toBe(true);
  expect(stream.text()).toMatch(/^retry: 1000\n\n/);
  expect(stream.text()).toContain(': heartbeat\n\n');
});

test('a stream opened while a completed order is being cancelled sends every step', async () => {
  startStreams();
  const orderId = await addOrder();
  await addStep(orderId, 2, 'completed');
  await addStep(orderId, 3, 'cancelling');
  const stream = await open(orderId);
  await expect.poll(stream.ids).toEqual([1, 2, 3]);
  await addStep(orderId, 4, 'cancelled');
  await expect.poll(stream.hasEnded).toBe(true);
  expect(stream.ids()).toEqual([1, 2, 3, 4]);
});

test('a stream ends with the token of its client', async () => {
  startStreams({ heartbeatIntervalMs: 60_000 });
  const orderId = await addOrder();
  const stream = await open(orderId, { endsInMs: 50 });
  await expect.poll(stream.hasEnded).toBe(true);
});

test("another customer's order has no stream, also when opened together with its own", async () => {
  startStreams();
  const orderId = await addOrder();
  const [own, other] = await Promise.all([
    requestStream(orderId, { viewer: { customerId: 'guest' } }),
    requestStream(orderId, { viewer: { customerId: 'guest2' } }),
  ]);
  expect(own).toBeDefined();
  expect(other).toBeUndefined();
});

test('a garbage collection silences no stream', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  startStreams();
  const orderId = await addOrder();
  const stream = await open(orderId);
  await expect.poll(stream.ids).toEqual([1]);
  collectGarbage();
  await addStep(orderId, 2, 'completed');
  await expect.poll(stream.hasEnded).toBe(true);
});
