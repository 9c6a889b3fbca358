import { type Database, deleteInPages, statement } from '#database';

/** Below the default of 500: a row holds the body of its message. */
const PAGE_SIZE = 100;

// The inner SELECT locks rows and skips locked ones, so a dead letter that is being reopened is kept.
const PRUNE_PAGE = statement(
  'dead_letters_prune_page',
  `WITH pruned AS (
     DELETE FROM dead_letters
     WHERE id = ANY (ARRAY(
       SELECT id FROM dead_letters
       WHERE archived_at < now() - $1::integer * interval '1 hour'
       ORDER BY archived_at
       LIMIT $2
       FOR UPDATE SKIP LOCKED))
     RETURNING id
   )
   SELECT count(*) AS deleted FROM pruned`,
);

/**
 * Deletes dead letters that were replayed or discarded more than `retentionHours` ago, and yields the number of rows of
 * each page. Until then a discard can be undone, and the inbox keeps the claims of their messages. Open and replaying dead
 * letters are never deleted.
 */
export function pruneDeadLetters(database: Database, retentionHours: number): AsyncGenerator<number, void> {
  return deleteInPages(database, PRUNE_PAGE, { parameters: [retentionHours], pageSize: PAGE_SIZE });
}
