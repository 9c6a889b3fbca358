import { z } from 'zod';
import { type DeadLetterFilter, deadLetterStatuses } from '#dead-letters';
import { text } from '#http';
import type { Act } from '#operator-log';
import type { PublishedFilter } from '#outbox';
import { isNarrow } from './dead-letter-actions.js';
import { REPUBLISHED_MAX } from './outbox-actions.js';

/** An id in the path, a cursor, or one of a selection. */
export const id = z.uuid().toLowerCase();

const word = z.string().min(1).max(200);
const instant = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-21T10:00:00Z' });
const pageSize = z.coerce.number().int().min(1).max(200).default(50);

/** By what dead letters are chosen; what is left out narrows nothing. */
const criteria = {
  cause: word.optional().describe('The key of a group'),
  reason: word.optional().describe('Why, in one word: invalid_data'),
  error: word.optional().describe('A part of the error'),
  type: word.optional().describe('An event, with or without its version: order.placed'),
  orderId: id.optional().describe('Found in the bytes, so also in what is no event'),
  since: instant.optional().describe('Failed last then or later'),
  until: instant.optional().describe('Failed last before then'),
};

const status = z.enum([...deadLetterStatuses, 'any']).default('open');

export const listSchema = z.strictObject({ ...criteria, status, after: id.optional(), limit: pageSize });
export const groupsSchema = z.strictObject({ ...criteria, status, limit: pageSize });

/** Who, why, and how many that should be. Without `expect` nothing is done. */
const consent = {
  expect: z
    .int()
    .min(1)
    .optional()
    .describe('Does it, if it is exactly so many as the dry run has counted; without, it is a dry run'),
  operator: text({ max: 100 }).optional().describe('Who does it; kept on record'),
  why: text({ max: 1_000 }).optional().describe('Why; kept on record'),
};

interface Consent {
  readonly expect?: number | undefined;
  readonly operator?: string | undefined;
  readonly why?: string | undefined;
}

/** What is done is done by somebody, for a reason. */
const consentIsWhole: z.core.CheckFn<Consent> = ({ value, issues }) => {
  if (value.expect === undefined) return;
  for (const member of ['operator', 'why'] as const) {
    if (value[member] !== undefined) continue;
    issues.push({ code: 'custom', path: [member], message: 'is required with expect', input: undefined });
  }
};

export const selectionSchema = z
  .strictObject({
    ids: z.array(id).min(1).max(1_000).optional(),
    ...criteria,
    all: z.literal(true).optional().describe('All there are, where nothing narrows the selection'),
    ...consent,
  })
  .check(consentIsWhole, ({ value, issues }) => {
    if (value.all === true || isNarrow(filterOf(value))) return;
    const message = 'must say which: ids, something that selects some, or all';
    issues.push({ code: 'custom', path: [], message, input: undefined });
  });

/** Which published events; see `PublishedFilter`. */
export const republishSchema = z
  .strictObject({
    ids: z.array(id).min(1).max(1_000).optional(),
    type: criteria.type,
    subject: word.optional().describe('An order, or an SKU'),
    since: instant.optional().describe('Published then or later'),
    until: instant.optional().describe('Published before then'),
    ...consent,
    expect: consent.expect.unwrap().max(REPUBLISHED_MAX).optional(),
  })
  .check(consentIsWhole, ({ value, issues }) => {
    if (isNarrow(publishedOf(value))) return;
    issues.push({ code: 'custom', path: [], message: 'must say which', input: undefined });
  });

/** For what is done to one thing, which the path names. */
const consentToOne = {
  ...consent,
  expect: z.literal(1).optional().describe('Does it; without, it is a dry run'),
};

export const editSchema = z
  .strictObject({ body: z.string().min(1).describe('The new bytes, as text in UTF-8'), ...consentToOne })
  .check(consentIsWhole);

export const consentSchema = z.strictObject(consentToOne).check(consentIsWhole);

/** For what is safe to do: who and why. */
export const actSchema = z.strictObject({
  operator: consent.operator.unwrap(),
  why: consent.why.unwrap(),
});

export const actsSchema = z.strictObject({
  subject: word.optional().describe('The id of a dead letter, an event, or an order'),
  before: z.coerce.number().int().min(1).optional().describe('The position to go on from'),
  limit: pageSize,
});

export const position = z.coerce.number().int().min(1);

/** Who does it and why; undefined for a dry run. */
export function actOf({ expect, operator, why }: Consent): Act | undefined {
  return expect === undefined || operator === undefined || why === undefined ? undefined : { operator, why };
}

interface Criteria {
  readonly ids?: readonly string[] | undefined;
  readonly cause?: string | undefined;
  readonly reason?: string | undefined;
  readonly error?: string | undefined;
  readonly type?: string | undefined;
  readonly orderId?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly status?: z.output<typeof status>;
}

/** The filter that a request comes to. */
export function filterOf({ since, until, status, ...rest }: Criteria): DeadLetterFilter {
  const { ids, cause, reason, error, type, orderId } = rest;
  return {
    ids,
    cause,
    reason,
    error,
    type,
    orderId,
    status: status === undefined || status === 'any' ? undefined : [status],
    since: since === undefined ? undefined : new Date(since),
    until: until === undefined ? undefined : new Date(until),
  };
}

/** The filter of events that a request comes to. */
export function publishedOf({ ids, type, subject, since, until }: Published): PublishedFilter {
  return {
    ids,
    type,
    subject,
    since: since === undefined ? undefined : new Date(since),
    until: until === undefined ? undefined : new Date(until),
  };
}

interface Published {
  readonly ids?: readonly string[] | undefined;
  readonly type?: string | undefined;
  readonly subject?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}
