import { isTransient } from '#database';

/** Outcome of one item of a batch: its result, or the error that only this item caused. */
export type Settled<Result> = { readonly value: Result } | { readonly error: unknown };

/**
 * Runs `run` over all items, normally in one transaction. When the batch fails permanently, each item runs alone, so one
 * bad item fails only itself. A batch of one item and a batch of two hundred take the same code path.
 *
 * `run` must resolve to one result per item, in order, and must have had no effect when it rejects. It must be
 * idempotent: a transient error while items run alone discards the results of items that are committed already.
 *
 * @throws transient errors only (see `isTransient`): the caller repeats the whole batch
 */
export async function settleBatch<Item, Result>(
  items: readonly Item[],
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
): Promise<Settled<Result>[]> {
  try {
    return (await run(items)).map((value) => ({ value }));
  } catch (error) {
    if (isTransient(error)) throw error;
    if (items.length === 1) return [{ error }];
  }
  const settled: Settled<Result>[] = [];
  for (const item of items) settled.push(...(await settleBatch([item], run)));
  return settled;
}
