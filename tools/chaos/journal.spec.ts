import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { Journal, readJournal, toldIn } from './journal.js';

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

function told() {
  return toldIn(readJournal(journal.path));
}

const asks = (key: string): void => journal.add({ asks: 'order', key, body: {} });
const isToldOf = (key: string, id: string): void => journal.add({ answered: 202, key, id });

test('a request is on disk before anybody closes the journal', () => {
  asks('a');
  expect(readJournal(journal.path)).toEqual([expect.objectContaining({ asks: 'order', key: 'a' })]);
});

test('an order that was accepted at the third try is one order and three requests', () => {
  asks('a');
  asks('a');
  journal.add({ answered: 503, key: 'a' });
  asks('a');
  isToldOf('a', 'order-1');
  journal.add({ asks: 'cancellation', id: 'order-1' });
  expect(told()).toEqual({
    accepted: new Set(['order-1']),
    requests: 3,
    unanswered: [],
    contradicted: [],
  });
});

test('what was asked and never accepted is known', () => {
  asks('a');
  journal.add({ answered: 503, key: 'a' });
  expect(told()).toMatchObject({ accepted: new Set(), unanswered: ['a'] });
});

test('two orders under one key are a contradiction, the same one twice is none', () => {
  asks('a');
  isToldOf('a', 'order-1');
  isToldOf('a', 'order-1');
  asks('b');
  isToldOf('b', 'order-2');
  isToldOf('b', 'order-3');
  expect(told()).toMatchObject({
    accepted: new Set(['order-1', 'order-2', 'order-3']),
    contradicted: ['b'],
  });
});
