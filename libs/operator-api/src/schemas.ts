import { z } from 'zod';
import type { Caller } from '#access';
import { deadLetterStatuses } from '#dead-letters';
import { safeText } from '#http';
import { type Confirmation, hasCriteria, REPUBLISH_MAX } from './actions.js';

/** An id in the path, in a selection, or as a cursor. */
export const id = z.uuid().toLowerCase();

const shortText = z.string().min(1).max(200);
const instant = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-11-21T10:00:00Z' })
  .transform((text) => new Date(text));
const pageSize = z.coerce.number().int().min(1).max(200).default(50);

/** The criteria of a `DeadLetterFilter`. */
const criteria = {
  cause: shortText.optional().describe('The key of a group'),
  failureReason: shortText.optional().describe('The code of the failure, for example invalid_data'),
  error: shortText.optional().describe('A part of the error message'),
  type: shortText.optional().describe('An event, with or without its version: order.placed'),
  orderId: id.optional().describe('Searched in the bytes of the body, which may be no valid event'),
  since: instant.optional().describe('The last failure was at this instant or later'),
  until: instant.optional().describe('The last failure was before this instant'),
};

const status = z
  .enum([...deadLetterStatuses, 'any'])
  .default('open')
  .transform((word) => (word === 'any' ? undefined : [word]));

/** The query of the list of dead letters: a filter and a page. */
export const listSchema = z.strictObject({ ...criteria, status, after: id.optional(), limit: pageSize });
/** The query of the groups of dead letters. */
export const groupsSchema = z.strictObject({ ...criteria, status, limit: pageSize });

/** The members of a body that turn a dry run into the action. */
const confirmation = {
  expect: z
    .int()
    .min(1)
    .optional()
    .describe('Performs the action if exactly this many rows match; without it the request is a dry run'),
  reason: safeText({ max: 1_000 }).optional().describe('Why; recorded in the operator log'),
};

interface ConfirmationBody {
  readonly expect?: number | undefined;
  readonly reason?: string | undefined;
}

const checkConfirmation: z.core.CheckFn<ConfirmationBody> = ({ value, issues }) => {
  if (value.expect === undefined || value.reason !== undefined) return;
  issues.push({ code: 'custom', path: ['reason'], message: 'is required with expect', input: undefined });
};

const checkCriteria: z.core.CheckFn<ConfirmationBody> = ({ value, issues }) => {
  const { expect: _expect, reason: _reason, ...target } = value;
  if (hasCriteria(target)) return;
  const message = 'must select rows: by ids, by a criterion, or with "all" where that is a member';
  issues.push({ code: 'custom', path: [], message, input: undefined });
};

/** The ids of a selection. */
const ids = z.array(id).min(1).max(1_000).optional();
const all = z.literal(true).optional().describe('Selects every row; required without a criterion');

/** The criteria `since` and `until` of a selection: RFC 3339 with a zone. */
export const periodCriteria = {
  since: instant.optional().describe('The row has its status since this instant or later'),
  until: instant.optional().describe('The row has its status since before this instant'),
};

/**
 * The body of an action on a selection: `orderIds`, the given criteria or `"all": true`, and the confirmation. A body
 * without any of them is refused, and so is `expect` without operator and reason.
 */
export function selectionBody<Criteria extends z.ZodRawShape>(criteria: Criteria) {
  return z
    .strictObject({ orderIds: ids, ...criteria, all, ...confirmation })
    .check(checkConfirmation as never, checkCriteria as never);
}

/** The body of an action on dead letters: a `DeadLetterFilter`, and the confirmation. */
export const selectionSchema = z
  .strictObject({ ids, ...criteria, all, ...confirmation })
  .check(checkConfirmation, checkCriteria);

/** The body of a republication: a `PublishedFilter`, and the confirmation. */
export const republishSchema = z
  .strictObject({
    ids,
    type: criteria.type,
    subject: shortText.optional().describe('The id of an order, or an SKU'),
    since: instant.optional().describe('Published at this instant or later'),
    until: instant.optional().describe('Published before this instant'),
    ...confirmation,
    expect: confirmation.expect.unwrap().max(REPUBLISH_MAX).optional(),
  })
  .check(checkConfirmation, checkCriteria);

/** The members of a body that confirm an action on the one row that the path names. */
const singleConfirmation = {
  ...confirmation,
  expect: z.literal(1).optional().describe('Performs the action; without it the request is a dry run'),
};

/** The body of an edit. */
export const editSchema = z
  .strictObject({
    body: z.string().min(1).describe('The new body, as text in UTF-8'),
    ...singleConfirmation,
  })
  .check(checkConfirmation);

/** The body of an action on the one row that the path names. Without `expect` the request is a dry run. */
export const confirmationSchema = z.strictObject(singleConfirmation).check(checkConfirmation);

/** Like {@link confirmationSchema}, with further members. */
export function confirmationBody<Members extends z.ZodRawShape>(members: Members) {
  return z.strictObject({ ...members, ...singleConfirmation }).check(checkConfirmation as never);
}

/** The body of an action without a dry run. */
export const reasonSchema = z.strictObject({ reason: confirmation.reason.unwrap() });

/** The query of the operator log: a subject and a page. */
export const logSchema = z.strictObject({
  subject: shortText.optional().describe('The id of a dead letter, an event, or an order'),
  before: z.coerce.number().int().min(1).optional().describe('Lists actions of lower positions'),
  limit: pageSize,
});

/** The position of an action in the path. */
export const position = z.coerce.number().int().min(1);

/** The confirmation of a request by its caller; undefined for a dry run. */
export function toConfirmation(
  { expect, reason }: ConfirmationBody,
  { sub: operator }: Caller,
): Confirmation | undefined {
  if (expect === undefined || reason === undefined) return undefined;
  return { expected: expect, by: { operator, reason } };
}
