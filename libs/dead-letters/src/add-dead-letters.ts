import { statement, type Transaction } from '#database';
import { newId } from '#observability';
import type { DeadLetter } from '#messaging';
import { eraseAdded } from './erase-orders.js';

// A dead letter that exists is left unchanged in two cases. Its delivery was stored before: the transaction committed but
// the broker redelivered the message. Or the failed copy is older than the last replay, so it says nothing about that replay.
const ADD = statement(
  'dead_letters_add',
  `INSERT INTO dead_letters AS existing (id, queue, key, message_id, type, failure_reason, error, stack, attempts, exchange,
                                      routing_key, published_by, properties, body, replays, last_delivery)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
   ON CONFLICT (queue, key) DO UPDATE
   SET type = excluded.type, failure_reason = excluded.failure_reason, error = excluded.error, stack = excluded.stack,
       attempts = excluded.attempts, exchange = excluded.exchange, routing_key = excluded.routing_key,
       published_by = excluded.published_by, properties = excluded.properties, body = excluded.body,
       replays = excluded.replays, last_delivery = excluded.last_delivery, status = 'open', replay_due_at = NULL,
       archived_at = NULL, occurrences = existing.occurrences + 1, last_failed_at = now()
   WHERE excluded.replays >= existing.replays
     AND NOT (existing.status IN ('open', 'discarded') AND ($17::boolean OR existing.last_delivery = excluded.last_delivery))
   RETURNING id`,
);

const COUNT_COPY = statement(
  'dead_letters_count_copy',
  `UPDATE dead_letters
   SET occurrences = occurrences + 1, last_delivery = $4
   WHERE queue = $1 AND key = $2 AND replays > $3 AND last_delivery <> $4 AND NOT $5::boolean`,
);

/**
 * Stores dead letters in `tx`; the caller acknowledges their deliveries after the commit.
 *
 * - A message that fails again in the same queue reopens its dead letter; it never becomes a second row.
 * - A redelivery of one delivery is counted once in `occurrences`.
 * - A message about an order of an erased customer is stored without its body, and discarded.
 * - A copy that is older than the last replay is counted, and leaves the status of that replay unchanged.
 *
 * Each dead letter is one statement, because a body may have megabytes.
 */
export async function addDeadLetters(tx: Transaction, letters: readonly DeadLetter[]): Promise<void> {
  const sorted = letters.toSorted((a, b) => compare(a.queue, b.queue) || compare(a.key, b.key));
  for (const letter of sorted) {
    const { queue, key, replay, delivery, redelivered } = letter;
    const stored = await tx.query(ADD, [
      newId(),
      queue,
      key,
      letter.messageId,
      letter.type,
      letter.failureReason,
      letter.error,
      letter.stack,
      letter.attempts,
      letter.exchange,
      letter.routingKey,
      letter.publishedBy,
      letter.properties,
      letter.body,
      replay,
      delivery,
      redelivered,
    ]);
    if (stored.length === 0) await tx.query(COUNT_COPY, [queue, key, replay, delivery, redelivered]);
  }
  await eraseAdded(tx, sorted);
}

/** Byte order, as the statements of operators lock rows: concurrent transactions wait for each other and never deadlock. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
