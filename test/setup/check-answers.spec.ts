import { describe, expect, test } from 'vitest';
import type { Exchange } from '../../tools/client/shop-client.js';
import { checkAnswer } from './check-answers.js';

const level = { sku: 'TEA', received: 3, available: 1, held: 1, deducted: 1 };
const headers = { 'x-correlation-id': 'web-42', 'content-type': 'application/json' };

function check(
  change: Partial<Omit<Exchange, 'headers'>> & { headers?: Record<string, string> },
): () => void {
  const exchange = {
    process: 'inventory',
    method: 'GET',
    path: '/stock/TEA',
    status: 200,
    body: level,
  } as const;
  return () => checkAnswer({ ...exchange, ...change, headers: new Headers(change.headers ?? headers) });
}

const problem = {
  type: 'urn:problem-type:unknown-sku',
  title: 'The SKU is unknown',
  status: 404,
  instance: 'urn:correlation-id:web-42',
};
const problemHeaders = { ...headers, 'content-type': 'application/problem+json' };

describe('the check of answers', () => {
  test('accepts an answer as documented', () => {
    expect(check({})).not.toThrow();
    expect(check({ method: 'HEAD', body: undefined })).not.toThrow();
    expect(check({ status: 404, body: problem, headers: problemHeaders })).not.toThrow();
  });

  test.each([
    ['an unknown member', { body: { ...level, color: 'green' } }, 'must NOT have additional properties'],
    ['a missing member', { body: { ...level, held: undefined } }, "must have required property 'held'"],
    ['a member of another type', { body: { ...level, held: '1' } }, 'body/held must be integer'],
    ['an undocumented status', { status: 202 }, 'the document has only 200,'],
    ['an undocumented path', { path: '/shelves' }, 'no such operation'],
    ['a response without correlation id', { headers: {} }, 'X-Correlation-Id'],
    ['another media type', { headers: { ...headers, 'content-type': 'text/html' } }, 'text/html'],
    [
      'an undocumented problem',
      {
        status: 404,
        body: { ...problem, type: 'urn:problem-type:order-not-found' },
        headers: problemHeaders,
      },
      'body/type must be equal to one of the allowed values',
    ],
    [
      'a problem of another request',
      { status: 404, body: { ...problem, instance: 'urn:correlation-id:7' }, headers: problemHeaders },
      'urn:correlation-id:7',
    ],
  ])('refuses %s', (_, change, message) => {
    expect(check(change)).toThrow(message);
  });
});
