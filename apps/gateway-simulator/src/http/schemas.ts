import { z } from 'zod';
import { safeText } from '#http';
import { behaviours } from '../domain/modes.js';

const amount = z.int().min(0).describe('In minor units: 12900 is 129.00 CNY');

export const authorizeSchema = z.strictObject({
  reference: safeText({ max: 128 }).describe('The order'),
  amount,
  currency: z.string().regex(/^[A-Z]{3}$/, { error: 'must be an ISO 4217 code' }),
  token: z.string().regex(/^tok_\w{1,96}$/, { error: 'must be a payment token: tok_…' }),
});

export const amountSchema = z.strictObject({ amount });

const modeSchema = z
  .strictObject({
    behaviour: z.enum(behaviours),
    delayMs: z.int().min(1).max(600_000).exactOptional(),
    status: z.int().min(400).max(599).exactOptional().describe('Status code of `fail`; default: 500'),
    times: z
      .int()
      .min(1)
      .exactOptional()
      .describe('Number of requests that the mode applies to; default: all'),
    reference: safeText({ max: 128 })
      .exactOptional()
      .describe('The order that the mode applies to; default: all'),
  })
  .refine(({ behaviour, delayMs }) => (behaviour === 'slow') === (delayMs !== undefined), {
    path: ['delayMs'],
    error: 'is required by `slow`, and allowed with no other behaviour',
  })
  .refine(({ behaviour, status }) => behaviour === 'fail' || status === undefined, {
    path: ['status'],
    error: 'is allowed with `fail` only',
  });

export const modeSettingsSchema = z.strictObject({
  authorize: modeSchema.exactOptional(),
  capture: modeSchema.exactOptional(),
  void: modeSchema.exactOptional(),
  refund: modeSchema.exactOptional(),
});

export const operationsQuerySchema = z.strictObject({
  reference: safeText({ max: 128 }).describe('The order'),
});

export const ledgerQuerySchema = z.strictObject({
  reference: safeText({ max: 128 }).optional().describe('Order; default: all'),
  after: z.coerce.number().int().min(0).default(0).describe('`next` of the previous page'),
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
});
