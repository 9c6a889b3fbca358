import type { Subscription } from '#contracts';
import { sqlState, statement, type Transaction } from '#database';
import { newId } from '#observability';
import { createEventParser } from '#messaging';
import { type Attribution, recordActions } from '#operator-log';
import type { ActionResult } from './change-dead-letters.js';
import type { DeadLetterStatus } from './filter.js';

const LOCK = statement(
  'dead_letters_lock',
  `SELECT queue, message_id AS "messageId", failure_reason AS "failureReason", published_by AS "publishedBy", status, body
   FROM dead_letters WHERE id = $1 FOR UPDATE`,
);

const REPLACE = statement(
  'dead_letters_replace',
  `UPDATE dead_letters
   SET body = $2, key = $3, message_id = $3, type = $4, status = 'replaying', replays = replays + 1, replay_id = $5,
       replay_due_at = now()
   WHERE id = $1`,
);

const UNIQUE_VIOLATION = '23505';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The dead letter cannot be edited; the error message names the obstacle for the operator. */
export class NotEditableError extends Error {
  override readonly name = 'NotEditableError';
}

/**
 * Replaces the body of an open dead letter and marks it for replay, like `replayDeadLetters`. The operator log keeps the
 * old body. The new body must be an event that the consumer accepts, with the id of the message. A message without a
 * usable id takes the id of the new event.
 *
 * @returns undefined when no dead letter has this id
 * @throws MessageRejectedError when the new body violates the contract; the message names the violation
 * @throws NotEditableError when the dead letter is not open, was not published by its producer, has no consumer any
 *   more, or when the event has another id
 */
export async function editDeadLetter(
  tx: Transaction,
  subscriptions: readonly Subscription[],
  { id, body }: { readonly id: string; readonly body: Buffer },
  by: Attribution,
): Promise<ActionResult | undefined> {
  const [letter] = await tx.query<LockedDeadLetter>(LOCK, [id]);
  if (!letter) return undefined;
  const subscription = resolveSubscription(letter, subscriptions);
  const event = createEventParser(subscription)(body);
  const { messageId, queue } = letter;
  if (messageId !== null && UUID.test(messageId) && messageId.toLowerCase() !== event.id) {
    throw new NotEditableError(
      `the message has the id ${messageId}, but the new event has the id ${event.id}`,
    );
  }
  const key = messageId?.toLowerCase() === event.id ? messageId : event.id;
  const requestId = newId();
  await tx.query(REPLACE, [id, body, key, `${event.name}.v${event.version}`, requestId]).catch((error) => {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    throw new NotEditableError(`another dead letter of ${queue} has the id ${event.id}`, { cause: error });
  });
  await recordActions(tx, {
    ...by,
    action: 'edit-and-replay',
    requestId,
    subjects: [id],
    replacedBody: letter.body,
  });
  return { requestId, count: 1 };
}

interface LockedDeadLetter {
  readonly queue: string;
  readonly messageId: string | null;
  readonly failureReason: string;
  readonly publishedBy: string | null;
  readonly status: DeadLetterStatus;
  readonly body: Buffer;
}

/** Finds the subscription of the queue that delivered the message. @throws NotEditableError */
function resolveSubscription(
  { queue, failureReason, publishedBy, status }: LockedDeadLetter,
  subscriptions: readonly Subscription[],
): Subscription {
  if (status !== 'open')
    throw new NotEditableError(`the dead letter is ${status}; only an open one can be edited`);
  if (failureReason === 'unexpected_publisher' || publishedBy === null) {
    throw new NotEditableError(
      'the message was not published by its producer and cannot be edited: discard it',
    );
  }
  const subscription = subscriptions.find(({ consumer }) => queue.startsWith(`${consumer}.`));
  if (!subscription) throw new NotEditableError(`no consumer has the queue ${queue}`);
  return subscription;
}
