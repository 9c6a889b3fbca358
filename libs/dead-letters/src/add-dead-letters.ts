import { statement, type Transaction } from '#database';
import { newId } from '#observability';
import type { DeadLetter } from '#messaging';

// What is existing already is the same failure again when its delivery is handled or delivered once more: the commit was
// not heard of, or the acknowledgement was lost. What set out before the last replay has nothing to say of that replay.
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
 * Stores dead letters, in the transaction that takes their messages off the queue. The same message failing again in
 * the same queue reopens its dead letter; it never makes a second one. A failure is counted once, however often its
 * delivery is repeated; and a copy that set out before an operator sent the message again is counted, and leaves what
 * has come of that alone. One statement each: a body may be megabytes.
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
}

/** One order everywhere, so that two replicas that store the same letters wait for each other instead of deadlocking. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
