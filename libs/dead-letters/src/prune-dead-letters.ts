import { type Database, deleteInPages, statement } from '#database';

/** Smaller than elsewhere: a dead letter has the bytes of its message. */
const PAGE_SIZE = 100;

// Locked first, and so as they are now: one that is being reopened stays.
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
 * Deletes dead letters that were replayed or discarded more than `retentionHours` ago, a page per step; yields how many
 * went. Until then a discard can be undone, and the inbox remembers their messages. Open ones stay, however old.
 */
export function pruneDeadLetters(database: Database, retentionHours: number): AsyncGenerator<number, void> {
  return deleteInPages(database, PRUNE_PAGE, { parameters: [retentionHours], pageSize: PAGE_SIZE });
}
