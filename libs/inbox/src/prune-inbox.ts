import { type Database, type DeletedPage, deleteInPages, statement } from '#database';

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

// In the order of the primary key, which within a consumer is about that of time, because the ids are UUIDs of
// version 7. An index on claimed_at would be simpler, and would cost every message.
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

interface Page extends DeletedPage {
  /** Its last row. */
  readonly consumer: string;
  readonly messageId: string;
  readonly hasOld: boolean;
}

/**
 * Forgets messages that were handled more than `retentionHours` ago, a page per step; yields how many went. One that
 * is also a dead letter is remembered for as long as that is there: it may be replayed, and must then be recognised.
 *
 * What was claimed in disorder (after a long outage, say) may be left for a later sweep: of each consumer, a sweep goes
 * no further than the first page without anything old.
 */
export function pruneInbox(database: Database, retentionHours: number): AsyncGenerator<number, void> {
  return deleteInPages<Page>(database, PRUNE_PAGE, {
    parameters: ['', LAST_ID, retentionHours],
    next: ({ consumer, messageId, hasOld }) => [consumer, hasOld ? messageId : LAST_ID, retentionHours],
  });
}
