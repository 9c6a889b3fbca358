import { z } from 'zod';
import { deadLetterStatuses } from '#dead-letters';
import { answer, pageOf, timestamp } from '#http';

const text = z.string();
const count = z.int().min(0);

/** The members that the results of every action have. */
const actionName = text.describe('The name of the action, as the operator log has it');

/** The result of an action, or of its dry run, in which `preview` members show the rows. */
function actionResult<Preview extends z.ZodRawShape, More extends readonly z.ZodType[]>(
  preview: Preview,
  more: More,
) {
  return z.union([
    ...more,
    z.strictObject({
      dryRun: z.literal(true),
      action: actionName,
      count: count.describe('Rows that match: send it as `expect`'),
      ...preview,
    }),
    z.strictObject({
      action: actionName,
      requestId: z.uuid().describe('The action in the operator log'),
      count: count.describe('Rows that the action changed'),
      progressUrl: text.exactOptional().describe('The path of the progress of a replay'),
    }),
  ]);
}

const exampleResult = {
  action: 'release',
  requestId: '0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77',
  count: 3,
};

/**
 * The answer to an action.
 *
 * @param preview the members of its dry run, besides `count`
 * @param more further results of the action
 */
export function actionAnswer<Preview extends z.ZodRawShape, More extends readonly z.ZodType[]>(
  preview: Preview,
  ...more: More
) {
  const schema = actionResult(preview, more);
  return answer(schema, {
    description: 'The action is done; without `expect` it is a dry run, and no row has changed.',
    example: exampleResult as z.input<typeof schema>,
  });
}

/** `DeadLetterGroup` describes each member. */
const group = z.strictObject({
  cause: text.describe('The key of the group'),
  failureReason: text,
  type: text.nullable(),
  error: text.describe('The common error message, with … for ids and N for numbers'),
  count,
  firstFailedAt: timestamp,
  lastFailedAt: timestamp,
});

const exampleGroup: z.input<typeof group> = {
  cause: '5f1c09ab',
  failureReason: 'attempts_exhausted',
  type: 'order.placed.v1',
  error: 'Error: order … does not exist',
  count: 3,
  firstFailedAt: '2026-11-21T10:00:00.000Z',
  lastFailedAt: '2026-11-21T10:05:00.000Z',
};

/** A dead letter without its body; `DeadLetterSummary` describes each member. */
const summary = {
  id: z.uuid(),
  /** The queue that delivered the message. */
  queue: text,
  /** null when the message had none. */
  messageId: text.nullable(),
  /** null when the message had none. */
  type: text.nullable(),
  /** The stable code of the last failure. */
  failureReason: text,
  /** The last error, as `Name: message`. */
  error: text,
  cause: text.describe('The key of its group'),
  /** Those after replays included. */
  attempts: count,
  /** Empty for the default exchange. */
  exchange: text,
  routingKey: text,
  /** Verified by the broker; null when the message named no user. */
  publishedBy: text.nullable(),
  status: z.enum(deadLetterStatuses),
  /** 1, plus 1 for each failed replay. */
  occurrences: count,
  /** Replays that operators asked for. */
  replays: count,
  /** The length of the body in bytes. */
  bodyBytes: count,
  firstFailedAt: timestamp,
  lastFailedAt: timestamp,
};

const exampleSummary: z.input<z.ZodObject<typeof summary>> = {
  id: '0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77',
  queue: 'inventory.order-processing.3',
  messageId: '0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b78',
  type: 'order.placed.v1',
  failureReason: 'attempts_exhausted',
  error: 'Error: order 7 does not exist',
  cause: '5f1c09ab',
  attempts: 6,
  exchange: 'order.events',
  routingKey: 'order.placed.3',
  publishedBy: 'order',
  status: 'open',
  occurrences: 1,
  replays: 0,
  bodyBytes: 412,
  firstFailedAt: '2026-11-21T10:00:00.000Z',
  lastFailedAt: '2026-11-21T10:05:00.000Z',
};

/** One row of the inbox; `Claim` describes each member. */
const claim = z.strictObject({
  consumer: text,
  messageId: text,
  type: text,
  producer: text,
  subject: text,
  sequence: count,
  outcome: z.enum(['done', 'already', 'overtaken']),
  claimedAt: timestamp,
});
const exampleClaim: z.input<typeof claim> = {
  consumer: 'inventory.order-processing',
  messageId: '0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b78',
  type: 'order.placed.v1',
  producer: 'order',
  subject: '0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77',
  sequence: 1,
  outcome: 'done',
  claimedAt: '2026-11-21T10:00:00.000Z',
};

/** One row of the operator log; `OperatorAction` describes each member. */
const action = {
  position: z.int().min(1),
  requestId: z.uuid(),
  action: text,
  subject: text,
  operator: text,
  reason: text,
  replacedBytes: count.nullable(),
  at: timestamp,
};
const exampleAction: z.input<z.ZodObject<typeof action>> = {
  position: 17,
  requestId: '0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77',
  action: 'discard',
  subject: '0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b78',
  operator: 'carol',
  reason: 'A test order of the load test',
  replacedBytes: null,
  at: '2026-11-21T10:00:00.000Z',
};

/** `ParkedEvent` describes each member. */
const parkedEvent = z.strictObject({
  id: z.uuid(),
  type: text,
  subject: text,
  sequence: count,
  attempts: count,
  lastError: text,
  parkedAt: timestamp,
});

/** In dead letters; `ReplayProgress` describes each member. */
const progress = { total: count, waiting: count, sent: count, reopened: count };
const exampleProgress = { total: 3, waiting: 1, sent: 2, reopened: 0 };

/** The answers of the operator API. */
export const answers = {
  /** `GET /operator/dead-letters`. `total` counts the rows of the filter, not of the page. */
  deadLetters: answer(pageOf(z.strictObject(summary), z.uuid()).extend({ total: count }), {
    description: 'A page of dead letters; `total` counts those of the filter.',
    example: { total: 1, items: [exampleSummary], next: null },
  }),
  /** `GET /operator/dead-letters/groups`. At most `limit` groups, the largest first. */
  groups: answer(z.strictObject({ items: z.array(group) }), {
    description: 'The groups.',
    example: { items: [exampleGroup] },
  }),
  /** `GET /operator/dead-letters/:id`. `claims` is empty when the message has no UUID as its id. */
  deadLetter: answer(
    z.strictObject({
      ...summary,
      stack: text.nullable(),
      properties: z.unknown().describe('The AMQP properties of the message, headers included'),
      bodyBase64: text,
      claims: z.array(claim),
      actions: z.array(z.strictObject(action)),
    }),
    {
      description: 'The dead letter.',
      example: {
        ...exampleSummary,
        stack: null,
        properties: {},
        bodyBase64: 'e30=',
        claims: [],
        actions: [],
      },
    },
  ),
  /** Replay, discard and reopen: the dry run has up to 20 groups of the selection. */
  selection: actionAnswer({ groups: z.array(group) }),
  /** The dry run compares the lengths of the old and the new body, in bytes. */
  edit: actionAnswer({ bytesBefore: count, bytes: count }),
  /** The dry run has the parked event. */
  release: actionAnswer({ event: parkedEvent.optional() }),
  /** The dry run has the largest number of events that one request republishes. */
  republish: actionAnswer({ countMax: count }),
  /** `GET /operator/outbox`. `pending` counts up to 1,000,000. */
  outbox: answer(
    z.strictObject({
      pending: count,
      oldestPendingAt: timestamp.nullable(),
      parked: count,
      events: z.array(parkedEvent).describe('Parked events, at most 200'),
    }),
    {
      description: 'The state of the outbox.',
      example: { pending: 0, oldestPendingAt: null, parked: 0, events: [] },
    },
  ),
  /** `GET /operator/inbox/:messageId`. One claim per consumer; never empty. */
  claims: answer(z.strictObject({ items: z.array(claim) }), {
    description: 'The claims.',
    example: { items: [exampleClaim] },
  }),
  /** `GET /operator/log`. The cursor is a position; the next page has lower positions. */
  log: answer(pageOf(z.strictObject(action), z.int()), {
    description: 'A page of actions.',
    example: { items: [exampleAction], next: null },
  }),
  /** `GET /operator/log/:position`. `replacedBase64` is null when the action replaced no body. */
  action: answer(z.strictObject({ ...action, replacedBase64: text.nullable() }), {
    description: 'The action.',
    example: { ...exampleAction, replacedBase64: null },
  }),
  /** `GET /operator/replays/:id`, in dead letters. The replay has ended when `waiting` is 0. */
  progress: answer(z.strictObject(progress), { description: 'The progress.', example: exampleProgress }),
  /** `POST /operator/replays/:id/stop`: the action, and the progress after it. */
  stopped: answer(z.strictObject({ action: actionName, requestId: z.uuid(), count, ...progress }), {
    description: 'The replay has stopped.',
    example: { ...exampleResult, action: 'stop-replay', ...exampleProgress },
  }),
};
