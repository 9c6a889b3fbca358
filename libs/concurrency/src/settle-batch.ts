import { isTransient } from '#database';

/** What became of one item of a batch. */
export type Settled<Result> = { readonly value: Result } | { readonly error: unknown };

/**
 * The batched shell: runs `run` over all items at once, normally one transaction. When that fails because of something
 * in the batch, the items are run one by one, so that one bad item costs only itself. A batch of one and a batch of
 * two hundred go through the same code.
 *
 * `run` must resolve to one result per item, in the items' order, and must have had no effect when it rejects.
 * Rejects only with transient errors (see `isTransient`), from whichever item: the caller repeats what is not settled.
 * Results of items that were already committed alone are lost then, so `run` must be idempotent.
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
