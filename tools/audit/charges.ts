import type { LedgerEntry } from './gateway-ledger.js';
import type { Pages } from './merge-join.js';
import { SortedRuns } from './sorted-runs.js';

/** The ledger entries of one reference, which is an order id unless a foreign client wrote it. */
export interface Charge {
  /** The reference. */
  readonly key: string;
  readonly approved: readonly LedgerEntry[];
  /** The refused operations. */
  readonly refused: readonly LedgerEntry['operation'][];
}

/** References held in memory at once, about 50 MB. */
const REFERENCES_MAX = 100_000;

/**
 * Groups ledger entries by reference and yields them sorted by reference. The ledger itself is sorted by time and may
 * be larger than memory: more than `referencesMax` references are sorted in temporary files.
 */
export async function* chargesByReference(
  entries: Pages<LedgerEntry>,
  referencesMax = REFERENCES_MAX,
): AsyncGenerator<readonly Charge[], void> {
  const runs = new SortedRuns<Charge>();
  try {
    let charges = new Map<string, Charge>();
    for await (const page of entries) {
      for (const entry of page) {
        charges.set(entry.reference, addEntry(charges.get(entry.reference), entry));
      }
      if (charges.size < referencesMax) continue;
      await runs.add(charges.values());
      charges = new Map();
    }
    for await (const parts of runs.merged(charges.values())) yield [joinParts(parts)];
  } finally {
    await runs.remove();
  }
}

/** Captured minus refunded, in minor units. */
export function netCapturedAmount({ approved }: Charge): number {
  return approved.reduce((sum, { operation, amount }) => {
    if (operation === 'capture') return sum + amount;
    return operation === 'refund' ? sum - amount : sum;
  }, 0);
}

/** Approved authorizations that were neither captured nor voided. */
export function countOutstandingAuthorizations({ approved }: Charge): number {
  const count = (operation: LedgerEntry['operation']): number =>
    approved.filter((entry) => entry.operation === operation).length;
  return count('authorize') - count('capture') - count('void');
}

function addEntry(charge: Charge | undefined, entry: LedgerEntry): Charge {
  const { key, approved, refused } = charge ?? { key: entry.reference, approved: [], refused: [] };
  return entry.status === 'approved'
    ? { key, approved: [...approved, entry], refused }
    : { key, approved, refused: [...refused, entry.operation] };
}

function joinParts(parts: readonly Charge[]): Charge {
  return {
    key: parts[0]?.key ?? '',
    approved: parts.flatMap(({ approved }) => approved),
    refused: parts.flatMap(({ refused }) => refused),
  };
}
