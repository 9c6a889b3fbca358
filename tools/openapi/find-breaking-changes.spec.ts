import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { answer, buildOpenApi, type DescribedOperation, type OpenApiDocument } from '#http';
import { findBreakingChanges } from './find-breaking-changes.js';

const body = z.strictObject({ sku: z.string(), kind: z.enum(['new', 'used']).optional() });
const result = z.strictObject({ id: z.string(), note: z.string().optional() });

function documentOf(
  change: Partial<DescribedOperation> & { readonly sent?: z.ZodType } = {},
): OpenApiDocument {
  const { sent = result, ...members } = change;
  const operation: DescribedOperation = {
    id: 'placeOrder',
    summary: 'Places an order',
    method: 'POST',
    path: '/orders',
    answers: { 202: answer(sent, { description: 'Placed.', example: {} }) },
    door: ['shop', 'support'],
    doorProblems: [],
    requestHeaders: [],
    bodySchema: body,
    querySchema: z.strictObject({ limit: z.int().max(200).optional() }),
    pathSchemas: {},
    ...members,
  };
  return buildOpenApi({ title: 'Test', description: 'Test' }, [operation]);
}

describe('a change breaks released clients:', () => {
  test.each([
    ['a removed operation', documentOf({ path: '/purchases' }), 'POST /orders: the operation was removed'],
    ['another operationId', documentOf({ id: 'buy' }), 'operationId placeOrder became buy'],
    ['a removed scope', documentOf({ door: ['shop'] }), '{"bearer":["support"]} are no longer admitted'],
    ['a removed status', documentOf({ answers: {} }), 'the response 202 was removed'],
    [
      'a removed member of a response',
      documentOf({ sent: result.omit({ id: true }) }),
      '202#/id was removed',
    ],
    [
      'a member of a response that may be missing',
      documentOf({ sent: result.partial() }),
      '202#/id is no longer always present',
    ],
    [
      'a member of a response that may be null',
      documentOf({ sent: result.extend({ id: z.string().nullable() }) }),
      '202#/id: string became string or null',
    ],
    [
      'another type in a response',
      documentOf({ sent: result.extend({ id: z.int() }) }),
      '202#/id: string became integer',
    ],
    [
      'a new required member of a request',
      documentOf({ bodySchema: body.extend({ size: z.int() }) }),
      '#/size is newly required',
    ],
    [
      'a required member of a request that was optional',
      documentOf({ bodySchema: body.required() }),
      '#/kind is newly required',
    ],
    [
      'a removed member of a request',
      documentOf({ bodySchema: body.omit({ kind: true }) }),
      '#/kind was removed',
    ],
    [
      'a narrowed enum of a request',
      documentOf({ bodySchema: body.extend({ kind: z.enum(['new']).optional() }) }),
      '#/kind no longer accepts "used"',
    ],
    [
      'a lower maximum of a parameter',
      documentOf({ querySchema: z.strictObject({ limit: z.int().max(100).optional() }) }),
      'the parameter limit: maximum is narrower: 100',
    ],
    ['a removed parameter', documentOf({ querySchema: undefined }), 'the parameter limit was removed'],
    [
      'a new required parameter',
      documentOf({ querySchema: z.strictObject({ limit: z.int().max(200).optional(), day: z.string() }) }),
      'the parameter day is newly required',
    ],
  ])('%s', (_, current, message) => {
    const changes = findBreakingChanges(documentOf(), current);
    expect(changes.join('\n')).toContain(message);
    for (const change of changes) expect(change).toContain('Keep it, and add the new form beside it');
  });
});

test('additions break no released client', () => {
  const current = documentOf({
    door: ['shop', 'support', 'operator'],
    bodySchema: body.extend({
      kind: z.enum(['new', 'used', 'broken']).optional(),
      gift: z.boolean().optional(),
    }),
    querySchema: z.strictObject({ limit: z.int().max(500).optional(), day: z.string().optional() }),
    sent: result.extend({ price: z.int() }),
  });
  expect(findBreakingChanges(documentOf(), current)).toEqual([]);
  expect(findBreakingChanges(documentOf(), documentOf())).toEqual([]);
});
