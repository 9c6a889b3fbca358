import { z } from 'zod';
import { type DeadLetterFilter, deadLetterStatuses } from '#dead-letters';
import { safeText } from '#http';
import type { Attribution } from '#operator-log';
import type { PublishedFilter } from '#outbox';
import { hasCriteria } from './dead-letter-actions.js';
import { REPUBLISH_MAX } from './outbox-actions.js';

/** An id in the path, a cursor, or one of a selection. */
export const id = z.uuid().toLowerCase();

const shortText = z.string().min(1).max(200);
const timestamp = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-21T10:00:00Z' });
const pageSize = z.coerce.number().int().min(1).max(200).default(50);

/** By what dead letters are chosen; what is left out narrows nothing. */
const criteria = {
  cause: shortText.optional().describe('The key of a group'),
  failureReason: shortText.optional().describe('Why, in one word: invalid_data'),
  error: shortText.optional().describe('A part of the error'),
  type: shortText.optional().describe('An event, with or without its version: order.placed'),
  orderId: id.optional().describe('Found in the bytes, so also in what is no event'),
  since: timestamp.optional().describe('Failed last then or later'),
  until: timestamp.optional().describe('Failed last before then'),
};

const status = z.enum([...deadLetterStatuses, 'any']).default('open');

export const listSchema = z.strictObject({ ...criteria, status, after: id.optional(), limit: pageSize });
export const groupsSchema = z.strictObject({ ...criteria, status, limit: pageSize });

/** Who, why, and how many that should be. Without `expect` nothing is done. */
const confirmation = {
  expect: z
    .int()
    .min(1)
    .optional()
    .describe('Does it, if it is exactly so many as the dry run has counted; without, it is a dry run'),
  operator: safeText({ max: 100 }).optional().describe('Who does it; kept on record'),
  reason: safeText({ max: 1_000 }).optional().describe('Why; kept on record'),
};

interface Confirmation {
  readonly expect?: number | undefined;
  readonly operator?: string | undefined;
  readonly reason?: string | undefined;
}

/** What is done is done by somebody, for a reason. */
const checkConfirmation: z.core.CheckFn<Confirmation> = ({ value, issues }) => {
  if (value.expect === undefined) return;
  for (const member of ['operator', 'reason'] as const) {
    if (value[member] !== undefined) continue;
    issues.push({ code: 'custom', path: [member], message: 'is required with expect', input: undefined });
  }
};

export const selectionSchema = z
  .strictObject({
    ids: z.array(id).min(1).max(1_000).optional(),
    ...criteria,
    all: z.literal(true).optional().describe('All there are, where nothing narrows the selection'),
    ...confirmation,
  })
  .check(checkConfirmation, ({ value, issues }) => {
    if (value.all === true || hasCriteria(toDeadLetterFilter(value))) return;
    const message = 'must say which: ids, something that selects some, or all';
    issues.push({ code: 'custom', path: [], message, input: undefined });
  });

/** Which published events; see `PublishedFilter`. */
export const republishSchema = z
  .strictObject({
    ids: z.array(id).min(1).max(1_000).optional(),
    type: criteria.type,
    subject: shortText.optional().describe('An order, or an SKU'),
    since: timestamp.optional().describe('Published then or later'),
    until: timestamp.optional().describe('Published before then'),
    ...confirmation,
    expect: confirmation.expect.unwrap().max(REPUBLISH_MAX).optional(),
  })
  .check(checkConfirmation, ({ value, issues }) => {
    if (hasCriteria(toPublishedFilter(value))) return;
    issues.push({ code: 'custom', path: [], message: 'must say which', input: undefined });
  });

/** For what is done to one thing, which the path names. */
const singleConfirmation = {
  ...confirmation,
  expect: z.literal(1).optional().describe('Does it; without, it is a dry run'),
};

export const editSchema = z
  .strictObject({
    body: z.string().min(1).describe('The new bytes, as text in UTF-8'),
    ...singleConfirmation,
  })
  .check(checkConfirmation);

export const confirmationSchema = z.strictObject(singleConfirmation).check(checkConfirmation);

/** For what is safe to do: who and why. */
export const attributionSchema = z.strictObject({
  operator: confirmation.operator.unwrap(),
  reason: confirmation.reason.unwrap(),
});

export const actionsSchema = z.strictObject({
  subject: shortText.optional().describe('The id of a dead letter, an event, or an order'),
  before: z.coerce.number().int().min(1).optional().describe('The position to go on from'),
  limit: pageSize,
});

export const position = z.coerce.number().int().min(1);

/** Who does it and why; undefined for a dry run. */
export function toAttribution({ expect, operator, reason }: Confirmation): Attribution | undefined {
  return expect === undefined || operator === undefined || reason === undefined
    ? undefined
    : { operator, reason };
}

interface DeadLetterCriteria {
  readonly ids?: readonly string[] | undefined;
  readonly cause?: string | undefined;
  readonly failureReason?: string | undefined;
  readonly error?: string | undefined;
  readonly type?: string | undefined;
  readonly orderId?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly status?: z.output<typeof status>;
}

/** The filter that a request comes to. */
export function toDeadLetterFilter({ since, until, status, ...rest }: DeadLetterCriteria): DeadLetterFilter {
  const { ids, cause, failureReason, error, type, orderId } = rest;
  return {
    ids,
    cause,
    failureReason,
    error,
    type,
    orderId,
    status: status === undefined || status === 'any' ? undefined : [status],
    since: since === undefined ? undefined : new Date(since),
    until: until === undefined ? undefined : new Date(until),
  };
}

/** The filter of events that a request comes to. */
export function toPublishedFilter({ ids, type, subject, since, until }: PublishedCriteria): PublishedFilter {
  return {
    ids,
    type,
    subject,
    since: since === undefined ? undefined : new Date(since),
    until: until === undefined ? undefined : new Date(until),
  };
}

interface PublishedCriteria {
  readonly ids?: readonly string[] | undefined;
  readonly type?: string | undefined;
  readonly subject?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}
