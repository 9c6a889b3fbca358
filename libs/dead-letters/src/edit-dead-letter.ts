import type { Subscription } from '#contracts';
import { sqlState, statement, type Transaction } from '#database';
import { newId } from '#observability';
import { eventParser } from '#messaging';
import { type Act, recordActs } from '#operator-log';
import type { Changed } from './change-dead-letters.js';
import type { DeadLetterStatus } from './status.js';

const LOCK = statement(
  'dead_letters_lock',
  `SELECT queue, message_id AS "messageId", reason, published_by AS "publishedBy", status, body
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
export class NotEditable extends Error {
  override readonly name = 'NotEditable';
}

/**
 * Replaces the bytes of an open dead letter and has it sent again, like `replayDeadLetters`. The new ones must be an
 * event that the consumer would accept, under the id the message has; one that came without a usable id gets the id
 * they have. The old bytes stay in the record of acts.
 *
 * @returns undefined when there is no such dead letter
 * @throws MessageRejected naming what the contract has against the new bytes
 * @throws NotEditable
 */
export async function editDeadLetter(
  tx: Transaction,
  subscriptions: readonly Subscription[],
  { id, body }: { readonly id: string; readonly body: Buffer },
  by: Act,
): Promise<Changed | undefined> {
  const [letter] = await tx.query<Locked>(LOCK, [id]);
  if (!letter) return undefined;
  const subscription = editable(letter, subscriptions);
  const event = eventParser(subscription)(body);
  const { messageId, queue } = letter;
  if (messageId !== null && UUID.test(messageId) && messageId.toLowerCase() !== event.id) {
    throw new NotEditable(`the message's id is ${messageId} and must stay so; the event says ${event.id}`);
  }
  const key = messageId?.toLowerCase() === event.id ? messageId : event.id;
  const request = newId();
  await tx.query(REPLACE, [id, body, key, `${event.name}.v${event.version}`, request]).catch((error) => {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    throw new NotEditable(`another dead letter of ${queue} has the id ${event.id}`, { cause: error });
  });
  await recordActs(tx, { ...by, act: 'edit and replay', request, subjects: [id], replaced: letter.body });
  return { request, count: 1 };
}

interface Locked {
  readonly queue: string;
  readonly messageId: string | null;
  readonly reason: string;
  readonly publishedBy: string | null;
  readonly status: DeadLetterStatus;
  readonly body: Buffer;
}

/** The subscription whose consumer could not handle it. @throws NotEditable */
function editable(
  { queue, reason, publishedBy, status }: Locked,
  subscriptions: readonly Subscription[],
): Subscription {
  if (status !== 'open') throw new NotEditable(`it is ${status}; only an open dead letter can be edited`);
  if (reason === 'forged_producer' || publishedBy === null) {
    throw new NotEditable('it was not published by its producer, and no edit makes it so: discard it');
  }
  const subscription = subscriptions.find(({ consumer }) => queue.startsWith(`${consumer}.`));
  if (!subscription) throw new NotEditable(`it is from ${queue}, which is no queue of a consumer`);
  return subscription;
}
