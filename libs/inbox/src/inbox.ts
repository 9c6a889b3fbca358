import {
  type Database,
  type DeletedPage,
  deleteInPages,
  statement,
  type Transaction,
  unnestParameters,
} from '#database';
import type { EventMessage } from '#messaging';
import { DiagnosticChannel } from '#observability';

/**
 * Outcome of handling a message. `done`: it had its effect. `already`: an earlier message had the same effect.
 * `overtaken`: a later message was handled first, so this one has no effect. None of them is an error.
 */
export type Outcome = 'done' | 'already' | 'overtaken';

// Sorted, so that two replicas that claim the same messages wait for each other instead of deadlocking. Not sorted by id,
// because positions must follow the sequence, and UUIDs of one millisecond have no order.
const CLAIM = statement(
  'inbox_claim',
  `INSERT INTO inbox (consumer, message_id, type, producer, subject, sequence)
   SELECT $1, m.id, m.type, m.producer, m.subject, m.sequence
   FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[]) AS m (id, type, producer, subject, sequence)
   ORDER BY m.subject, m.sequence, m.id
   ON CONFLICT DO NOTHING
   RETURNING message_id AS "messageId"`,
);

// Updates rows that the same transaction inserted.
const RECORD_OUTCOMES = statement(
  'inbox_record_outcomes',
  `UPDATE inbox SET outcome = o.outcome
   FROM unnest($2::uuid[], $3::text[]) AS o (id, outcome)
   WHERE inbox.consumer = $1 AND inbox.message_id = o.id`,
);

// By the primary key, one lookup per consumer.
const FIND = statement(
  'inbox_find',
  `SELECT consumer, message_id AS "messageId", type, producer, subject, sequence, outcome, claimed_at AS "claimedAt"
   FROM inbox
   WHERE consumer = ANY ($1::text[]) AND message_id = $2
   ORDER BY claimed_at`,
);

/** Greatest UUID: the cursor `(consumer, LAST_ID)` skips to the next consumer. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

// By primary key, which is about the order of time per consumer, because the ids are UUIDs of version 7. An index on
// claimed_at would be simpler, and would cost every message a write.
const PRUNE_PAGE = statement(
  'inbox_prune_page',
  `WITH page AS (
     SELECT consumer, message_id, claimed_at < now() - $3::integer * interval '1 hour' AS is_old
     FROM inbox
     WHERE (consumer, message_id) > ($1, $2::uuid)
     ORDER BY consumer, message_id
     LIMIT $4
   ), pruned AS (
     DELETE FROM inbox USING page
     WHERE page.is_old AND inbox.consumer = page.consumer AND inbox.message_id = page.message_id
       AND NOT EXISTS (SELECT FROM dead_letters AS d WHERE lower(d.message_id) = page.message_id::text)
     RETURNING inbox.message_id
   )
   SELECT consumer, message_id AS "messageId", bool_or(is_old) OVER () AS "hasOld", (SELECT count(*) FROM pruned) AS deleted
   FROM page
   ORDER BY consumer DESC, message_id DESC
   LIMIT 1`,
);

/** A page of {@link PRUNE_PAGE}: `consumer` and `messageId` are those of its last row. */
interface PrunedPage extends DeletedPage {
  readonly consumer: string;
  readonly messageId: string;
  readonly hasOld: boolean;
}

/** A claimed message, as the inbox remembers it. */
export interface Claim {
  /** The subscription that handled it: `inventory.order-processing`. */
  readonly consumer: string;
  readonly messageId: string;
  /** `order.placed.v1` */
  readonly type: string;
  /** The service that published it. */
  readonly producer: string;
  /** The entity it is about, for example an order id. */
  readonly subject: string;
  /** Position among the producer's events of this subject, from 1. */
  readonly sequence: number;
  readonly outcome: Outcome;
  /** Start of the transaction that handled it. */
  readonly claimedAt: Date;
}

/**
 * Published once per {@link claim}: `messages` were delivered to `consumer`, and `newCount` of them had not been handled
 * before. The transaction may still roll back.
 */
export const messagesClaimed = new DiagnosticChannel<{
  readonly consumer: string;
  readonly messages: number;
  readonly newCount: number;
}>('messages-claimed');

/**
 * Claims messages for `consumer` and returns the ones that it has not handled before, in the given order, without
 * duplicates. The claim is part of `tx`: after a rollback the messages can be claimed again. When another transaction is
 * claiming one of them, this call waits for its end. It rejects with the database's error, and then `tx` must roll back.
 *
 * Source: https://www.enterpriseintegrationpatterns.com/patterns/messaging/IdempotentReceiver.html
 */
export async function claim<Message extends EventMessage>(
  tx: Transaction,
  consumer: string,
  messages: readonly Message[],
): Promise<Message[]> {
  const rows = messages.map(({ id, name, version, producer, subject, sequence }) => ({
    id,
    type: `${name}.v${version}`,
    producer,
    subject,
    sequence,
  }));
  const claimed = await tx.query<{ messageId: string }>(CLAIM, [
    consumer,
    ...unnestParameters(rows, 'id', 'type', 'producer', 'subject', 'sequence'),
  ]);
  const claimedIds = new Set(claimed.map(({ messageId }) => messageId));
  // `delete` also drops the second copy when one batch holds a message twice.
  const newMessages = messages.filter((message) => claimedIds.delete(message.id));
  messagesClaimed.publish({ consumer, messages: messages.length, newCount: newMessages.length });
  return newMessages;
}

/** Stores the outcomes of claimed messages. A claim starts as `done`, so `done` needs no statement. */
export async function recordOutcomes(
  tx: Transaction,
  consumer: string,
  outcomes: readonly { readonly message: EventMessage; readonly outcome: Outcome }[],
): Promise<void> {
  const notDone = outcomes.filter(({ outcome }) => outcome !== 'done');
  if (notDone.length === 0) return;
  const rows = notDone.map(({ message, outcome }) => ({ id: message.id, outcome }));
  await tx.query(RECORD_OUTCOMES, [consumer, ...unnestParameters(rows, 'id', 'outcome')]);
}

/** Finds the claims of one message by these consumers, oldest first; empty when none has handled it, or it is pruned. */
export function findClaims(
  database: Database,
  consumers: readonly string[],
  messageId: string,
): Promise<Claim[]> {
  return database.query<Claim>(FIND, [consumers, messageId]);
}

/**
 * Deletes claims older than `retentionHours`, in pages of 500, and yields the number of deleted claims per page. The claim
 * of a dead letter stays as long as the dead letter: the message may be replayed and must then be recognised.
 *
 * Per consumer, pruning ends at the first page without old claims. Claims that were made out of order, for example after a
 * long outage, may stay until a later run.
 */
export function pruneInbox(database: Database, retentionHours: number): AsyncGenerator<number, void> {
  return deleteInPages<PrunedPage>(database, PRUNE_PAGE, {
    parameters: ['', LAST_ID, retentionHours],
    next: ({ consumer, messageId, hasOld }) => [consumer, hasOld ? messageId : LAST_ID, retentionHours],
  });
}
