import type { Subscription } from '#contracts';
import { sqlState, statement, type Transaction } from '#database';
import { newId } from '#observability';
import { createEventParser } from '#messaging';
import { type Attribution, recordActions } from '#operator-log';
import type { ActionResult } from './change-dead-letters.js';
import type { DeadLetterStatus } from './status.js';

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

/** The dead letter cannot be edited; the message tells the operator why. */
export class NotEditableError extends Error {
  override readonly name = 'NotEditableError';
}

/**
 * Replaces the bytes of an open dead letter and has it sent again, like `replayDeadLetters`. The new ones must be an
 * event that the consumer would accept, under the id the message has; one that came without a usable id gets the id
 * they have. The old bytes stay in the record of acts.
 *
 * @returns undefined when there is no such dead letter
 * @throws MessageRejectedError naming what the contract has against the new bytes
 * @throws NotEditableError
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
      `the message's id is ${messageId} and must stay so; the event says ${event.id}`,
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

/** The subscription whose consumer could not handle it. @throws NotEditableError */
function resolveSubscription(
  { queue, failureReason, publishedBy, status }: LockedDeadLetter,
  subscriptions: readonly Subscription[],
): Subscription {
  if (status !== 'open')
    throw new NotEditableError(`it is ${status}; only an open dead letter can be edited`);
  if (failureReason === 'forged_producer' || publishedBy === null) {
    throw new NotEditableError('it was not published by its producer, and no edit makes it so: discard it');
  }
  const subscription = subscriptions.find(({ consumer }) => queue.startsWith(`${consumer}.`));
  if (!subscription) throw new NotEditableError(`it is from ${queue}, which is no queue of a consumer`);
  return subscription;
}
