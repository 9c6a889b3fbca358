import type { Database } from './database.js';
import type { Statement } from './transaction.js';

/** Parameters of the pages; see {@link deleteInPages}. */
export interface DeleteInPagesOptions<Page extends DeletedPage> {
  /** Parameters of the statement before the page size, which is its last parameter. Required. */
  readonly parameters: readonly unknown[];
  /** Most rows that one statement reads, which bounds its transaction. Default 500, about 10 ms. */
  readonly pageSize?: number;
  /**
   * Returns the parameters of the page after `page`, or undefined after the last page. Default: the same parameters while
   * pages are full.
   */
  readonly next?: (page: Page) => readonly unknown[] | undefined;
}

/** The row that a `deletePage` statement returns; it may have more columns for `next`. */
export interface DeletedPage {
  /** Number of deleted rows. */
  readonly deleted: number;
}

/**
 * Deletes rows a page at a time, each page in its own short transaction, and yields the number of rows of each page.
 * `deletePage` returns one row with the column `deleted`. A consumer of the generator may pause or stop between pages.
 */
export async function* deleteInPages<Page extends DeletedPage>(
  database: Database,
  deletePage: Statement,
  { parameters, pageSize = 500, next }: DeleteInPagesOptions<Page>,
): AsyncGenerator<number, void> {
  let current: readonly unknown[] | undefined = parameters;
  while (current) {
    const [page]: Page[] = await database.query<Page>(deletePage, [...current, pageSize]);
    if (!page) return;
    yield page.deleted;
    if (next) current = next(page);
    else if (page.deleted < pageSize) return;
  }
}
