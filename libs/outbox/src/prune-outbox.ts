import { type Database, type DeletedPage, deleteInPages, statement } from '#database';

// In the order of writing, which is about that of publishing: an index on published_at would cost every event.
const PRUNE_PAGE = statement(
  'outbox_prune_page',
  `WITH page AS (
     SELECT position, published_at < now() - $2::integer * interval '1 hour' AS is_old,
            published_at IS NULL AND occurred_at < now() - $2::integer * interval '1 hour' AS is_stuck
     FROM outbox
     WHERE position > $1
     ORDER BY position
     LIMIT $3
   ), pruned AS (
     DELETE FROM outbox USING page
     WHERE page.is_old AND outbox.position = page.position
     RETURNING outbox.position
   )
   SELECT max(position)::text AS "lastPosition", bool_or(is_old OR is_stuck) AS "hasOld", (SELECT count(*) FROM pruned) AS deleted
   FROM page`,
);

interface Page extends DeletedPage {
  readonly lastPosition: string | null;
  readonly hasOld: boolean | null;
}

/**
 * Deletes events that were published more than `retentionHours` ago, a page per step; yields how many went. An event
 * that is not published, or is set aside, stays however old it is. Until then a published event is there for the audit,
 * and to be published again by hand: a consumer's inbox must remember for longer.
 *
 * A sweep goes no further than the first page without anything old: what was published in disorder may be left for a
 * later one.
 */
export function pruneOutbox(database: Database, retentionHours: number): AsyncGenerator<number, void> {
  return deleteInPages<Page>(database, PRUNE_PAGE, {
    parameters: ['0', retentionHours],
    next: ({ hasOld, lastPosition }) => (hasOld ? [lastPosition, retentionHours] : undefined),
  });
}
