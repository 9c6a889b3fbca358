import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';

import { createOrderRequest } from '../client/api-types.js';
import { Journal, readJournal } from './journal.js';
import { JournaledClient, UnexpectedResponseError } from './journaled-client.js';

const orderRequest = createOrderRequest('SKU-1');
const folder = mkdtempSync(join(tmpdir(), 'journaled-'));
afterAll(() => rmSync(folder, { recursive: true }));
/** The responses of the server, in their order; `undefined` closes the connection. */
let responses: ({ status: number; body?: string } | undefined)[];
let server: Server;
let journal: Journal;
let client: JournaledClient;

beforeEach(async () => {
  server = createServer((request, response) => {
    const next = responses.shift();
    if (next === undefined) request.socket.destroy();
    else response.writeHead(next.status).end(next.body);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  journal = new Journal(join(folder, 'journal.jsonl'));
  const orderUrls = [`http://127.0.0.1:${(server.address() as AddressInfo).port}`];
  client = new JournaledClient({ orderUrls, journal, retryPauseMs: [0, 1] });
});

afterEach(() => {
  journal.close();
  server.close();
});

const accepted = (id: string) => ({ status: 202, body: JSON.stringify({ id }) });

test('a lost response and status 503 are retried under one key', async () => {
  responses = [undefined, { status: 503 }, accepted('order-1')];
  expect(await client.place(orderRequest, 'a')).toBe('order-1');
  expect(readJournal(journal.path)).toMatchObject([
    { request: 'order', key: 'a' },
    { request: 'order', key: 'a' },
    { responseStatus: 503, key: 'a' },
    { request: 'order', key: 'a' },
    { responseStatus: 202, key: 'a', id: 'order-1' },
  ]);
});

test('status 422 is not retried', async () => {
  responses = [{ status: 422 }];
  await expect(client.place(orderRequest)).rejects.toThrow(UnexpectedResponseError);
});

test('different responses under one key are rejected', async () => {
  responses = [accepted('order-1'), accepted('order-2')];
  await client.place(orderRequest, 'a');
  await expect(client.place(orderRequest, 'a')).rejects.toThrow('two responses under key a');
});

test('retries end at the time limit', async () => {
  client.giveUpAt = performance.now();
  expect(await client.placeUntilGivenUp(orderRequest)).toBeUndefined();
});
