import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Database, Statement } from '#database';
import type { Outbox } from '#outbox';
import { createGate } from '../../../../libs/test-support/gate.js';
import { RecordingLog } from '../../../../libs/test-support/recording-log.js';
import {
  OutcomeUnknownError,
  type PaymentGateway,
  RequestRejectedError,
} from '../gateways/payment-gateway.js';
import type { LeasedOperation } from '../persistence/gateway-operations.js';
import { GatewayCircuit } from './gateway-circuit.js';
import { GatewayDispatcher } from './gateway-dispatcher.js';

const POLL_MS = 500;
const TIMEOUT_MS = 1_000;
const OPEN_MS = 2_000;

let dispatcher: GatewayDispatcher;
let circuit: GatewayCircuit;
let log: RecordingLog;
/** Idempotency keys of due operations. */
let due: string[];
/** Sent idempotency keys, and the function that lets the gateway respond to each. */
let sent: Map<string, () => void>;
/** Limits of the statements that lease. */
let limits: number[];
/** Idempotency keys of leases that were returned, as an array of PostgreSQL. */
let returned: string[];
let lease: () => Promise<void>;
let store: () => Promise<void>;
let isGatewayClosed: boolean;
let isGatewaySick: boolean;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  [due, sent, limits, isGatewayClosed, log] = [
    [],
    new Map<string, () => void>(),
    [],
    false,
    new RecordingLog(),
  ];
  [lease, store, returned] = [async () => {}, async () => {}, []];
  isGatewaySick = false;
  const database = {
    query: async ({ name }: Statement, [limit, keys]: readonly [number, string]) => {
      if (name === 'gateway_operations_return_leases') returned.push(keys);
      if (!name.startsWith('gateway_operations_lease')) return [];
      limits.push(limit);
      await lease();
      return due.splice(0, limit).map((idempotencyKey) => ({ idempotencyKey, attempts: 1, keyAgeMs: 0 }));
    },
    transaction: () => store(),
  } as unknown as Database;
  const gateway: PaymentGateway = {
    send: async ({ operation, idempotencyKey }: LeasedOperation) => {
      const { opened, open } = createGate();
      sent.set(idempotencyKey, open);
      await opened;
      if (isGatewaySick) throw new RequestRejectedError('404');
      return { operation, idempotencyKey, outcome: 'approved', reference: 'reference' };
    },
    find: () => Promise.resolve(undefined),
    close: () => (isGatewayClosed = true),
  };
  circuit = new GatewayCircuit({ failuresMax: 2, openMs: OPEN_MS }, log);
  const options = {
    concurrency: 2,
    timeoutMs: TIMEOUT_MS,
    parkAfterMs: 3_600_000,
    keyRetentionMs: 86_400_000,
    lookup: 'old-keys' as const,
    circuit,
  };
  dispatcher = new GatewayDispatcher(database, {} as Outbox, gateway, log, options);
});

afterEach(async () => {
  const stopped = dispatcher.onModuleDestroy();
  await settle();
  for (const respond of sent.values()) respond();
  await stopped;
  vi.useRealTimers();
});

async function start(...keys: readonly string[]): Promise<void> {
  due.push(...keys);
  dispatcher.onApplicationBootstrap();
  await settle();
}

/** Runs what is possible without a timer. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}

async function advance(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await settle();
}

async function respond(key: string): Promise<void> {
  sent.get(key)!();
  await settle();
}

function keysSent(): string[] {
  return [...sent.keys()];
}

test('at most `concurrency` requests are in progress', async () => {
  await start('a', 'b', 'c');
  expect(keysSent()).toEqual(['a', 'b']);
  dispatcher.wake();
  await settle();
  expect(keysSent()).toEqual(['a', 'b']);
  expect(limits).toEqual([2]);
});

test('a stored response frees capacity for the next operation', async () => {
  await start('a', 'b', 'c');
  await respond('b');
  expect(keysSent()).toEqual(['a', 'b', 'c']);
  expect(limits).toEqual([2, 1]);
});

test('at most `concurrency` responses are waiting to be stored', async () => {
  const { opened, open } = createGate();
  store = () => opened;
  await start('a', 'b', 'c', 'd', 'e');
  for (const key of ['a', 'b']) await respond(key);
  dispatcher.wake();
  await settle();
  expect(keysSent()).toEqual(['a', 'b', 'c', 'd']);
  for (const key of ['c', 'd']) await respond(key);
  dispatcher.wake();
  await settle();
  expect(keysSent()).toEqual(['a', 'b', 'c', 'd']);
  open();
  await settle();
  expect(keysSent()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('a response is followed by no lease when nothing else was due', async () => {
  await start('a');
  await respond('a');
  expect(limits).toEqual([2]);
});

test('a wake-up leases at once, a poll after 500 ms', async () => {
  await start();
  due.push('a');
  dispatcher.wake();
  await settle();
  expect(keysSent()).toEqual(['a']);
  due.push('b');
  await advance(POLL_MS - 1);
  expect(keysSent()).toEqual(['a']);
  await advance(1);
  expect(keysSent()).toEqual(['a', 'b']);
});

test('an operation is not sent when its lease may end first', async () => {
  lease = () => {
    vi.advanceTimersByTime(5_001);
    return Promise.resolve();
  };
  await start('a');
  expect(limits).toEqual([2]);
  expect(keysSent()).toEqual([]);
});

test('a failed lease is logged and repeated with full capacity', async () => {
  lease = () => Promise.reject(new Error('the database is unavailable'));
  await start('a', 'b');
  expect(log.count('gateway operations could not be leased; retrying')).toBe(1);
  lease = () => Promise.resolve();
  await advance(POLL_MS);
  expect(keysSent()).toEqual(['a', 'b']);
});

test('a response that cannot be stored frees its capacity', async () => {
  await start('a', 'b', 'c');
  store = () => Promise.reject(new OutcomeUnknownError('the commit failed'));
  await respond('a');
  expect(keysSent()).toEqual(['a', 'b', 'c']);
});

describe('an open circuit', () => {
  beforeEach(async () => {
    isGatewaySick = true;
    await start('a', 'b', 'c', 'd', 'e');
    for (const key of ['a', 'b']) sent.get(key)!();
    await settle();
    expect(circuit.isOpen).toBe(true);
  });

  test('leases nothing, then one operation as a probe', async () => {
    limits.length = 0;
    dispatcher.wake();
    await advance(OPEN_MS - 1);
    expect(limits).toEqual([]);
    await advance(POLL_MS);
    expect(keysSent()).toEqual(['a', 'b', 'c']);
    dispatcher.wake();
    await advance(POLL_MS);
    expect(limits).toEqual([1]);
  });

  test('stays open after a failed probe', async () => {
    await advance(OPEN_MS + POLL_MS);
    await respond('c');
    limits.length = 0;
    await advance(OPEN_MS - POLL_MS);
    expect(limits).toEqual([]);
    await advance(2 * POLL_MS);
    expect(keysSent()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('closes after a successful probe and leases with full capacity', async () => {
    await advance(OPEN_MS + POLL_MS);
    isGatewaySick = false;
    await respond('c');
    expect(keysSent()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect([circuit.isOpen, circuit.describe()]).toEqual([false, undefined]);
    expect(log.count('gateway circuit opened; requests paused')).toBe(1);
    expect(log.count('gateway circuit closed; requests resumed')).toBe(1);
  });
});

test('operations leased while the circuit opens are returned, not sent', async () => {
  isGatewaySick = true;
  await start('a', 'b', 'c', 'd');
  const { opened, open } = createGate();
  lease = () => opened;
  await respond('a');
  await respond('b');
  expect(circuit.isOpen).toBe(true);
  open();
  await settle();
  expect(keysSent()).toEqual(['a', 'b']);
  expect(returned).toEqual(['{"c"}']);
});

test('shutdown leases no more and waits for operations in progress', async () => {
  await start('a', 'b', 'c');
  let isStopped = false;
  const stopped = dispatcher.onModuleDestroy().then(() => (isStopped = true));
  await respond('a');
  expect([isStopped, isGatewayClosed]).toEqual([false, false]);
  await respond('b');
  expect([isStopped, isGatewayClosed]).toEqual([true, true]);
  expect(keysSent()).toEqual(['a', 'b']);
  await stopped;
});
