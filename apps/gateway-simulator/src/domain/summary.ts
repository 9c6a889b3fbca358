import type { LedgerEntry, Operation } from './ledger.js';

interface Totals {
  approved: number;
  refused: number;
  /** Sum of approved amounts by currency, in minor units. */
  amounts: Record<string, number>;
}

export type LedgerSummary = Record<Operation, Totals>;

/** Counts and sums by operation. */
export function summarize(entries: readonly LedgerEntry[]): LedgerSummary {
  const summary: LedgerSummary = {
    authorize: emptyTotals(),
    capture: emptyTotals(),
    void: emptyTotals(),
    refund: emptyTotals(),
  };
  for (const { operation, status, currency, amount } of entries) {
    const totals = summary[operation];
    totals[status] += 1;
    if (status === 'approved') totals.amounts[currency] = (totals.amounts[currency] ?? 0) + amount;
  }
  return summary;
}

function emptyTotals(): Totals {
  return { approved: 0, refused: 0, amounts: {} };
}
