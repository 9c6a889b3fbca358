import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { orderPlaced } from '#contracts';
import { statement } from '#database';
import { Outbox } from '#outbox';
import { openDatabase } from '../../../libs/test-support/database.js';
import { testDatabase } from '../../../libs/test-support/servers.js';
import { RecordingLog } from '../../../libs/test-support/recording-log.js';
import { decideOnOrder } from './domain/payment.js';
import { HttpGateway } from './gateways/http-gateway.js';
import { migrations } from './persistence/migrations.js';
import { lockPayments, savePayments } from './persistence/payments.js';
import { advancePayments } from './use-cases/advance-payments.js';
import { GatewayCircuit } from './use-cases/gateway-circuit.js';
import { GatewayDispatcher } from './use-cases/gateway-dispatcher.js';

const database = await openDatabase(await testDatabase(), migrations);
const CLEAR = statement('clear', 'TRUNCATE payments, gateway_operations, outbox');
const COUNTS = statement(
  'counts',
  `SELECT count(*) FILTER (WHERE o.parked_at IS NOT NULL) AS parked, sum(attempts)::integer AS attempts,
          count(*) FILTER (WHERE o.outcome = 'approved') AS approved
   FROM gateway_operations AS o`,
);
const PARKED = statement(
  'parked',
  `SELECT order_id AS "orderId", parked_cause AS cause FROM gateway_operations WHERE parked_at IS NOT NULL`,
);
/** Ends every pause between attempts, as if time had passed. */
const MAKE_DUE = statement(
  'make_due',
  'UPDATE gateway_operations SET next_attempt_at = now() WHERE last_error IS NOT NULL AND next_attempt_at > now()',
);
const AGE_REJECTIONS = statement(
  'age_rejections',
  `UPDATE gateway_operations SET first_rejected_at = first_rejected_at - interval '2 hours'`,
);
const CONCURRENCY = 16;
const FAILURES_MAX = 5;

let server: Server;
/** Responds to a request for an order; undefined approves it. */
let respond: ((response: ServerResponse, orderId: string) => void) | undefined;
let requests: string[];
let inFlight: number;
let inFlightMax: number;
let dispatcher: GatewayDispatcher;
let circuit: GatewayCircuit;

beforeEach(async () => {
  await database.query(CLEAR);
  [requests, inFlight, inFlightMax, respond] = [[], 0, 0, undefined];
  server = createServer((request, response) => {
    const key = String(request.headers['idempotency-key']);
    requests.push(key);
    inFlight += 1;
    inFlightMax = Math.max(inFlightMax, inFlight);
    response.on('close', () => (inFlight -= 1));
    if (respond) respond(response, key.split(':')[0]!);
    else approve(response, key);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const log = new RecordingLog();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const gateway = new HttpGateway({ url, timeoutMs: 5_000, connectionsMax: CONCURRENCY });
  circuit = new GatewayCircuit({ failuresMax: FAILURES_MAX, openMs: 100 }, log);
  const options = {
    concurrency: CONCURRENCY,
    timeoutMs: 5_000,
    parkAfterMs: 3_600_000,
    keyRetentionMs: 86_400_000,
    lookup: 'old-keys' as const,
    circuit,
  };
  const outbox = new Outbox(database, () => {}, 1_000_000);
  dispatcher = new GatewayDispatcher(database, outbox, gateway, log, options);
});

afterEach(async () => {
  await dispatcher.onModuleDestroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function approve(response: ServerResponse, idempotencyKey: string): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ status: 'approved', idempotencyKey, id: `ref_${idempotencyKey}` }));
}

function send(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type, location: '/login' }).end(body);
}

/** Adds payments with a due authorization each. @returns the ids of their orders */
async function addAuthorizations(count: number): Promise<string[]> {
  const orderIds = Array.from({ length: count }, () => uuidv7());
  await database.transaction(async (tx) => {
    const payments = await lockPayments(tx, orderIds);
    const advanced = advancePayments(
      payments,
      orderIds.map((orderId) => ({
        orderId,
        cause: { correlationId: orderId },
        decide: (payment) =>
          decideOnOrder(payment, { name: 'order.placed', data: { ...orderPlaced.example, orderId } }),
      })),
    );
    await savePayments(tx, payments, advanced.payments);
    await dispatcher.add(tx, advanced.operations);
  });
  return orderIds;
}

async function readCounts(): Promise<{ parked: number; attempts: number; approved: number }> {
  const [row] = await database.query<{ parked: number; attempts: number; approved: number }>(COUNTS);
  return row!;
}

test.each([
  ['404', (response: ServerResponse) => send(response, 404, '{}')],
  ['401', (response: ServerResponse) => send(response, 401, '{}')],
  ['400 with HTML', (response: ServerResponse) => send(response, 400, '<h1>Bad</h1>', 'text/html')],
  ['403 with HTML', (response: ServerResponse) => send(response, 403, '<h1>No</h1>', 'text/html')],
  ['422', (response: ServerResponse) => send(response, 422, '{}')],
  ['a redirect', (response: ServerResponse) => send(response, 302, '')],
  ['200 with HTML', (response: ServerResponse) => send(response, 200, '<h1>Soon</h1>', 'text/html')],
  ['200 with another JSON', (response: ServerResponse) => send(response, 200, '{"status":"ok"}')],
  ['500', (response: ServerResponse) => send(response, 500, '')],
  ['a closed connection', (response: ServerResponse) => response.destroy()],
])('500 operations end by themselves after a gateway that answers %s', async (_, answer) => {
  await addAuthorizations(500);
  respond = answer;
  dispatcher.onApplicationBootstrap();
  await expect.poll(() => circuit.isOpen).toBe(true);
  const opened = requests.length;
  expect(opened).toBeLessThanOrEqual(FAILURES_MAX + 2 * CONCURRENCY);
  // Eight probes: more than an operation may be rejected.
  await expect
    .poll(async () => {
      await database.query(MAKE_DUE);
      dispatcher.wake();
      return requests.length - opened;
    })
    .toBeGreaterThanOrEqual(8);
  expect((await readCounts()).parked).toBe(0);
  respond = undefined;
  await expect.poll(async () => (await readCounts()).approved, { timeout: 20_000 }).toBe(500);
  expect(circuit.isOpen).toBe(false);
  expect(inFlightMax).toBeLessThanOrEqual(CONCURRENCY);
  // Each attempt is a request, and each approved operation was approved once.
  expect((await readCounts()).attempts).toBe(requests.length);
});

test('an operation is parked that the gateway rejects while others succeed', async () => {
  const [rejected = ''] = await addAuthorizations(1);
  respond = (response, orderId) =>
    orderId === rejected ? send(response, 422, '{}') : approve(response, `${orderId}:authorize`);
  dispatcher.onApplicationBootstrap();
  await expect
    .poll(async () => {
      await addAuthorizations(1);
      await database.query(MAKE_DUE);
      dispatcher.wake();
      return database.query(PARKED);
    })
    .toEqual([{ orderId: rejected, cause: 'rejected' }]);
  expect(requests.filter((key) => key.startsWith(rejected)).length).toBeGreaterThanOrEqual(5);
});

test('an operation is parked whose every attempt for an hour was rejected', async () => {
  const [rejected = ''] = await addAuthorizations(1);
  respond = (response) => send(response, 422, '{}');
  dispatcher.onApplicationBootstrap();
  await expect.poll(() => requests.length).toBeGreaterThanOrEqual(2);
  expect(await database.query(PARKED)).toEqual([]);
  await database.query(AGE_REJECTIONS);
  await expect
    .poll(async () => {
      await database.query(MAKE_DUE);
      dispatcher.wake();
      return database.query(PARKED);
    })
    .toEqual([{ orderId: rejected, cause: 'rejected' }]);
});
