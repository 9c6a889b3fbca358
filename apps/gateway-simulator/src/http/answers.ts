import { z } from 'zod';
import { answer } from '#http';
import { operationNames, refusals } from '../domain/ledger.js';
import { modeSettingsSchema } from './schemas.js';

const text = z.string();
const count = z.int().min(0);

const members = {
  id: text,
  operation: z.enum(operationNames),
  parentId: text.exactOptional().describe('The authorization or the capture that it is about'),
  status: z.enum(['approved', 'refused']),
  reason: z.enum(refusals).exactOptional().describe('Why it is refused'),
  reference: text.describe('The order'),
  amount: count.describe('In minor units'),
  currency: text,
  willRefuse: z
    .enum(['capture', 'refund'])
    .exactOptional()
    .describe('The operation that the bank will refuse'),
  idempotencyKey: text,
  at: z.iso.datetime(),
};
const entry = z.strictObject(members).meta({ id: 'LedgerEntry' });
const example: z.input<typeof entry> = {
  id: 'auth_1',
  operation: 'authorize',
  status: 'approved',
  reference: '0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77',
  amount: 25_800,
  currency: 'CNY',
  idempotencyKey: '0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77:authorize',
  at: '2026-11-21T10:00:00.120Z',
};

const totals = z.strictObject({
  approved: count,
  refused: count,
  amounts: z.record(text, count).describe('Sum of the approved amounts by currency'),
});
const exampleTotals = { approved: 1, refused: 0, amounts: { CNY: 25_800 } };

/** The answers of the gateway simulator. */
export const answers = {
  entry: answer(entry, { description: 'The decided operation, approved or refused.', example }),
  entries: answer(z.strictObject({ operations: z.array(entry) }), {
    description: 'The decided operations of the order.',
    example: { operations: [example] },
  }),
  ledger: answer(
    z.strictObject({
      entries: z.array(z.strictObject({ ...members, requests: count.describe('Requests with its key') })),
      next: count.exactOptional().describe('`after` of the next page'),
    }),
    { description: 'A page of the ledger.', example: { entries: [{ ...example, requests: 1 }] } },
  ),
  summary: answer(
    z.strictObject({
      authorize: totals,
      capture: totals,
      void: totals,
      refund: totals,
      requests: z.strictObject({ total: count, keys: count }),
    }),
    {
      description: 'The sums.',
      example: {
        authorize: exampleTotals,
        capture: exampleTotals,
        void: exampleTotals,
        refund: exampleTotals,
        requests: { total: 4, keys: 4 },
      },
    },
  ),
  modes: answer(modeSettingsSchema, {
    description: 'The modes with requests left.',
    example: { capture: { behaviour: 'timeout_after_charge', times: 1 } },
  }),
};
