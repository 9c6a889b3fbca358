import { type Database, type DeletedPage, deleteInPages, statement, type Transaction } from '#database';

/** Selects published events. An omitted member does not restrict the selection; `{}` selects all. */
export interface PublishedFilter {
  readonly ids?: readonly string[] | undefined;
  /** With or without the version: `order.placed`, `order.placed.v1`. */
  readonly type?: string | undefined;
  /** An order id or a SKU. */
  readonly subject?: string | undefined;
  /** Earliest time of publishing, inclusive. */
  readonly since?: Date | undefined;
  /** Latest time of publishing, exclusive. */
  readonly until?: Date | undefined;
}

const MATCHES = `
  published_at IS NOT NULL
  AND ($1::uuid[] IS NULL OR id = ANY ($1))
  AND ($2::text IS NULL OR type = $2 OR regexp_replace(type, '[.]v[0-9]+$', '') = $2)
  AND ($3::text IS NULL OR subject = $3)
  AND ($4::timestamptz IS NULL OR published_at >= $4)
  AND ($5::timestamptz IS NULL OR published_at < $5)`;

const COUNT = statement(
  'outbox_count_published',
  `SELECT count(*)::integer AS count FROM outbox WHERE ${MATCHES}`,
);

const REPUBLISH = statement(
  'outbox_republish',
  `UPDATE outbox SET published_at = NULL, attempts = 0 WHERE ${MATCHES} RETURNING id`,
);

// By position, about the order of publishing: an index on published_at would cost every event a write.
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

interface PrunedPage extends DeletedPage {
  readonly lastPosition: string | null;
  readonly hasOld: boolean | null;
}

/** Counts the selected events that are not pruned yet. Reads the whole table. */
export async function countPublished(database: Database, filter: PublishedFilter): Promise<number> {
  const [row] = await database.query<{ count: number }>(COUNT, filterValues(filter));
  return row?.count ?? 0;
}

/**
 * Makes published events pending again under the same ids, for a consumer that missed them. Every subscriber receives
 * them; an inbox discards those that it remembers. Reads the whole table.
 *
 * @returns the ids of the events
 */
export async function republishEvents(tx: Transaction, filter: PublishedFilter): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(REPUBLISH, filterValues(filter));
  return rows.map(({ id }) => id);
}

/**
 * Deletes events that were published more than `retentionHours` ago, in pages of 500, and yields the number of deleted
 * events per page. Unpublished and parked events are never deleted. Consumers' inboxes must remember messages for longer
 * than `retentionHours`, because a published event can be republished until it is pruned.
 *
 * Pruning ends at the first page without old events. Events that were published out of order may stay until a later run.
 */
export function pruneOutbox(database: Database, retentionHours: number): AsyncGenerator<number, void> {
  return deleteInPages<PrunedPage>(database, PRUNE_PAGE, {
    parameters: ['0', retentionHours],
    next: ({ hasOld, lastPosition }) => (hasOld ? [lastPosition, retentionHours] : undefined),
  });
}

function filterValues({ ids, type, subject, since, until }: PublishedFilter): unknown[] {
  return [ids, type, subject, since, until].map((value) => value ?? null);
}
