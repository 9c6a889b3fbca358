import { unnestParameters, type Database, statement, type Transaction } from '#database';
import type { EventMessage } from '#messaging';
import { messagesClaimed } from './inbox-diagnostics.js';

/**
 * What handling a message came to. `already`: an earlier message had brought the same about. `overtaken`: a later one
 * was handled first, so this one changes nothing. Both are normal.
 */
export type Outcome = 'done' | 'already' | 'overtaken';

// Sorted, so that two replicas that claim the same messages wait for each other instead of deadlocking; and not by id,
// so that the positions of what comes together follow its sequence: ids of one millisecond have no order.
const CLAIM = statement(
  'inbox_claim',
  `INSERT INTO inbox (consumer, message_id, type, producer, subject, sequence)
   SELECT $1, m.id, m.type, m.producer, m.subject, m.sequence
   FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[]) AS m (id, type, producer, subject, sequence)
   ORDER BY m.subject, m.sequence, m.id
   ON CONFLICT DO NOTHING
   RETURNING message_id AS "messageId"`,
);

const RECORD_OUTCOMES = statement(
  'inbox_record_outcomes',
  `UPDATE inbox SET outcome = o.outcome
   FROM unnest($2::uuid[], $3::text[]) AS o (id, outcome)
   WHERE inbox.consumer = $1 AND inbox.message_id = o.id`,
);

const FIND = statement(
  'inbox_find',
  `SELECT consumer, message_id AS "messageId", type, producer, subject, sequence, outcome, claimed_at AS "claimedAt"
   FROM inbox
   WHERE consumer = ANY ($1::text[]) AND message_id = $2
   ORDER BY claimed_at`,
);

/** What an inbox remembers of a message. */
export interface Claim {
  readonly consumer: string;
  readonly messageId: string;
  readonly type: string;
  readonly producer: string;
  readonly subject: string;
  readonly sequence: number;
  readonly outcome: Outcome;
  readonly claimedAt: Date;
}

/** Whether, when and to what end these consumers have handled a message. */
export function findClaims(
  database: Database,
  consumers: readonly string[],
  messageId: string,
): Promise<Claim[]> {
  return database.query<Claim>(FIND, [consumers, messageId]);
}

/**
 * Claims the messages for `consumer` and returns those it has not handled before, in the order given: duplicates drop
 * out. The claim commits or vanishes with everything else in `tx`, so a message whose handling failed is fresh again.
 *
 * The idempotent receiver: https://www.enterpriseintegrationpatterns.com/patterns/messaging/IdempotentReceiver.html
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
  const fresh = new Set(claimed.map(({ messageId }) => messageId));
  // Deleting as we go drops the second copy when one batch holds the same message twice.
  const unclaimed = messages.filter((message) => fresh.delete(message.id));
  messagesClaimed.publish({ consumer, messages: messages.length, fresh: unclaimed.length });
  return unclaimed;
}

/** Notes what became of claimed messages, where it is not simply `done`. */
export async function recordOutcomes(
  tx: Transaction,
  consumer: string,
  outcomes: readonly { readonly message: EventMessage; readonly outcome: Outcome }[],
): Promise<void> {
  const notable = outcomes.filter(({ outcome }) => outcome !== 'done');
  if (notable.length === 0) return;
  const rows = notable.map(({ message, outcome }) => ({ id: message.id, outcome }));
  await tx.query(RECORD_OUTCOMES, [consumer, ...unnestParameters(rows, 'id', 'outcome')]);
}
