import { type Database, statement, type Transaction } from '#database';

/** Which published events are meant; what is left out narrows nothing. */
export interface PublishedFilter {
  readonly ids?: readonly string[] | undefined;
  /** With or without its version: `order.placed`, `order.placed.v1`. */
  readonly type?: string | undefined;
  /** An order, or an SKU. */
  readonly subject?: string | undefined;
  /** When it was published. */
  readonly since?: Date | undefined;
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

/** How many of the events that are published, and not pruned yet, match. Reads the whole table. */
export async function countPublished(database: Database, filter: PublishedFilter): Promise<number> {
  const [row] = await database.query<{ count: number }>(COUNT, filterValues(filter));
  return row?.count ?? 0;
}

/**
 * Has the relay publish events once more, under the ids they have: for a consumer that missed them. All others that
 * subscribe get them, too, and their inboxes recognise them, as long as they remember. @returns their ids
 */
export async function republishEvents(tx: Transaction, filter: PublishedFilter): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(REPUBLISH, filterValues(filter));
  return rows.map(({ id }) => id);
}

function filterValues({ ids, type, subject, since, until }: PublishedFilter): unknown[] {
  return [ids, type, subject, since, until].map((value) => value ?? null);
}
