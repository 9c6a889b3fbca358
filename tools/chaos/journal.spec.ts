import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { Journal, readJournal, summarizeJournal } from './journal.js';

let folder: string;
let journal: Journal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  journal = new Journal(join(folder, 'journal.jsonl'));
});

afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true });
});

function summarize() {
  return summarizeJournal(readJournal(journal.path));
}

const recordRequest = (key: string): void => journal.add({ request: 'order', key, body: {} });
const recordAccepted = (key: string, id: string): void => journal.add({ responseStatus: 202, key, id });

test('a request is on disk before the journal is closed', () => {
  recordRequest('a');
  expect(readJournal(journal.path)).toEqual([expect.objectContaining({ request: 'order', key: 'a' })]);
});

test('an order accepted at the third attempt counts three requests', () => {
  recordRequest('a');
  recordRequest('a');
  journal.add({ responseStatus: 503, key: 'a' });
  recordRequest('a');
  recordAccepted('a', 'order-1');
  journal.add({ request: 'cancellation', id: 'order-1' });
  expect(summarize()).toEqual({
    accepted: new Set(['order-1']),
    requests: 3,
    neverAccepted: [],
    keysWithTwoOrders: [],
  });
});

test('a fault between a request and its response changes no count', () => {
  recordRequest('a');
  journal.add({ fault: 'queue suspended', target: 'payment.order-processing.1', event: 'injected' });
  recordAccepted('a', 'order-1');
  journal.add({ fault: 'queue suspended', target: 'payment.order-processing.1', event: 'reverted' });
  expect(summarize()).toMatchObject({ accepted: new Set(['order-1']), requests: 1 });
});

test('a key without an accepted response is reported', () => {
  recordRequest('a');
  journal.add({ responseStatus: 503, key: 'a' });
  expect(summarize()).toMatchObject({ accepted: new Set(), neverAccepted: ['a'] });
});

test('two orders under one key are reported, a repeated response is not', () => {
  recordRequest('a');
  recordAccepted('a', 'order-1');
  recordAccepted('a', 'order-1');
  recordRequest('b');
  recordAccepted('b', 'order-2');
  recordAccepted('b', 'order-3');
  expect(summarize()).toMatchObject({
    accepted: new Set(['order-1', 'order-2', 'order-3']),
    keysWithTwoOrders: ['b'],
  });
});
