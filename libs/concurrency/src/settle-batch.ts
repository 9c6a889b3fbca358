import { databaseFault, isPermanent, isTransient, sqlState } from '#database';

/** Outcome of one item of a batch: its result, or the error that only this item caused. */
export type Settled<Result> = { readonly value: Result } | { readonly error: unknown };

/** Options of {@link settleBatch}. */
export interface SettleBatchOptions<Item> {
  /** Index of the item that runs alone first. Rotate it between repetitions, so that each item is tried. Default 0. */
  readonly firstAlone?: number;
  /**
   * Whether an earlier run has shown that the item is at fault, so that its failure says nothing about the system.
   * Default: of none.
   */
  readonly isKnownAtFault?: (item: Item) => boolean;
}

/**
 * Every item failed alone with the same error, so the system is at fault and not the items. `cause` is that error.
 * Repeat the batch, with further items if possible: one that succeeds shows which items are at fault.
 */
export class EveryItemFailedError extends Error {
  override readonly name = 'EveryItemFailedError';

  /**
   * @param failed number of items that failed alone
   * @param cause the error of each of them
   */
  constructor(
    readonly failed: number,
    cause: unknown,
  ) {
    super(
      `every message failed with the same error: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

/** Time, in ms, after which two equal failures without a success decide: statements that time out take 10 s each. */
const EVIDENCE_TIMEOUT_MS = 5_000;

/**
 * Runs `run` over all items, normally in one transaction. When the batch fails, each item runs alone, so one bad item
 * fails only itself. A batch of one item and a batch of two hundred take the same code path.
 *
 * An error that is neither transient nor permanent may be the item's fault or the system's: a statement timeout, an error
 * of a trigger, a defect. While no item succeeds and all fail alike, the system is at fault, unless each of them is known
 * to be at fault.
 *
 * `run` must resolve to one result per item, in order, and must have had no effect when it rejects. It must be
 * idempotent: a rejection while items run alone discards the results of items that are committed already.
 *
 * @throws transient errors (see `isTransient`): the caller repeats the whole batch
 * @throws EveryItemFailedError
 */
export async function settleBatch<Item, Result>(
  items: readonly Item[],
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  { firstAlone = 0, isKnownAtFault = () => false }: SettleBatchOptions<Item> = {},
): Promise<Settled<Result>[]> {
  try {
    return (await run(items)).map((value) => ({ value }));
  } catch (error) {
    if (isTransient(error)) throw error;
    if (items.length === 1) {
      const isSystemFault = databaseFault(error) === 'unclear' && !isKnownAtFault(items[0] as Item);
      if (isSystemFault) throw new EveryItemFailedError(1, error);
      return [{ error }];
    }
  }
  return settleAlone(items, run, { firstAlone: firstAlone % items.length, isKnownAtFault });
}

type Run<Item, Result> = (items: readonly Item[]) => Promise<readonly Result[]>;

async function settleAlone<Item, Result>(
  items: readonly Item[],
  run: Run<Item, Result>,
  { firstAlone, isKnownAtFault }: Required<SettleBatchOptions<Item>>,
): Promise<Settled<Result>[]> {
  const settled: Settled<Result>[] = [];
  const failures = new SameFailures();
  const others = [...items.keys()].filter((index) => index !== firstAlone);
  for (const index of [firstAlone, ...others]) {
    if (settled[index]) continue;
    const outcome = await settleOne(items[index] as Item, run);
    settled[index] = outcome;
    if ('value' in outcome && failures.areUnclear) {
      // The fault may have ended: the remaining items take one transaction instead of one each.
      const remaining = others.filter((each) => settled[each] === undefined);
      await settleTogether(items, remaining, settled, run);
    }
    failures.add(outcome, isKnownAtFault(items[index] as Item));
    if (failures.areEvidence) throw new EveryItemFailedError(failures.count, failures.error);
  }
  if (failures.count === items.length && failures.areSystemFault)
    throw new EveryItemFailedError(failures.count, failures.error);
  await confirmUnclear(items, settled, run);
  return settled;
}

/** Runs the items with an unclear error once more: the fault may have begun or ended while the items ran alone. */
async function confirmUnclear<Item, Result>(
  items: readonly Item[],
  settled: Settled<Result>[],
  run: Run<Item, Result>,
): Promise<void> {
  const suspects = [...items.keys()].filter((index) => isUnclear(settled[index]));
  await settleTogether(items, suspects, settled, run);
}

/**
 * Settles the items of `indexes` in one run, or each alone when that fails. After each unclear error an item that succeeded
 * runs again, with the same result as before: only while it succeeds is the other one at fault.
 */
async function settleTogether<Item, Result>(
  items: readonly Item[],
  indexes: readonly number[],
  settled: Settled<Result>[],
  run: Run<Item, Result>,
): Promise<void> {
  if (indexes.length > 1) {
    try {
      const values = await run(indexes.map((index) => items[index] as Item));
      for (const [position, index] of indexes.entries())
        settled[index] = { value: values[position] as Result };
      return;
    } catch (error) {
      if (isTransient(error)) throw error;
    }
  }
  const control = settled.findIndex((outcome) => outcome && 'value' in outcome);
  for (const index of indexes) {
    const outcome = await settleOne(items[index] as Item, run);
    settled[index] = outcome;
    if (control < 0 || !isUnclear(outcome)) continue;
    const repeated = await settleOne(items[control] as Item, run);
    if ('error' in repeated) throw new EveryItemFailedError(2, repeated.error);
  }
}

function isUnclear(outcome: Settled<unknown> | undefined): boolean {
  return outcome !== undefined && 'error' in outcome && databaseFault(outcome.error) === 'unclear';
}

async function settleOne<Item, Result>(item: Item, run: Run<Item, Result>): Promise<Settled<Result>> {
  try {
    const [value] = await run([item]);
    return { value: value as Result };
  } catch (error) {
    if (isTransient(error)) throw error;
    return { error };
  }
}

/** Counts items that failed alike; 0 as soon as one succeeds or fails in another way. */
class SameFailures {
  count = 0;
  error: unknown;
  /** Whether an item failed that was not known to be at fault. */
  areSystemFault = false;
  private isMixed = false;
  private readonly startedAt = performance.now();

  add(outcome: Settled<unknown>, isKnownAtFault: boolean): void {
    if (!isKnownAtFault) this.areSystemFault = true;
    const isSame =
      'error' in outcome &&
      !isPermanent(outcome.error) &&
      (this.count === 0 || errorKey(outcome.error) === errorKey(this.error));
    if (!isSame) this.isMixed = true;
    this.count = this.isMixed ? 0 : this.count + 1;
    if ('error' in outcome) this.error = outcome.error;
  }

  /** Whether the last failure was an unclear one of the database. */
  get areUnclear(): boolean {
    return databaseFault(this.error) === 'unclear';
  }

  /** Whether the failures so far suffice, without running the remaining items. */
  get areEvidence(): boolean {
    return this.count >= 2 && this.areSystemFault && performance.now() - this.startedAt > EVIDENCE_TIMEOUT_MS;
  }
}

/** Equal for errors with the same cause: the SQLSTATE, or the class and the message. */
function errorKey(error: unknown): string {
  return sqlState(error) ?? (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}
