import type { ConsumeMessage } from 'amqplib';
import { expect, test } from 'vitest';
import { queueSeconds } from './provenance.js';

const NOW_MS = 1_800_000_000_000;

function delivery(headers: Record<string, unknown> | undefined): ConsumeMessage {
  return { properties: { headers } } as unknown as ConsumeMessage;
}

test.each([
  ['a first delivery', { 'x-published-at': NOW_MS - 1_500 }, 1.5],
  ['a publisher whose clock is ahead', { 'x-published-at': NOW_MS + 60_000 }, 0],
  ['a retry', { 'x-published-at': NOW_MS - 1_500, 'x-attempt': 2 }, undefined],
  ['another publisher', {}, undefined],
  ['no headers', undefined, undefined],
  ['a header of another type', { 'x-published-at': '1' }, undefined],
])('the queue time of %s', (_, headers, expected) => {
  expect(queueSeconds(delivery(headers), NOW_MS)).toBe(expected);
});
