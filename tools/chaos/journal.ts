import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** A line of the journal: what is about to be asked, or what was answered. */
export type JournalEntry =
  | { readonly at: string; readonly request: 'order'; readonly key: string; readonly body: unknown }
  | { readonly at: string; readonly request: 'cancellation'; readonly id: string }
  | {
      readonly at: string;
      readonly responseStatus: number;
      readonly key: string;
      /** Of the order, where it was accepted. */
      readonly id?: string;
    };

/** What the shoppers were told, all of them together. */
export interface JournalSummary {
  /** The ids of the orders that were accepted. */
  readonly accepted: ReadonlySet<string>;
  /** Requests for an order, each try counted. */
  readonly requests: number;
  /** Keys that were sent and never accepted. */
  readonly neverAccepted: readonly string[];
  /** Keys under which two different orders were accepted. */
  readonly keysWithTwoOrders: readonly string[];
}

type WithoutTime<Entry> = Entry extends unknown ? Omit<Entry, 'at'> : never;

/**
 * What the shoppers asked and were answered, on disk: JSON lines, each handed to the operating system before its
 * request is sent. What the audit holds the shop to is read from there, not from the memory of those who asked.
 */
export class Journal {
  private readonly descriptor: number;

  /** Begins anew. */
  constructor(readonly path: string) {
    this.descriptor = openSync(path, 'w');
  }

  add(entry: WithoutTime<JournalEntry>): void {
    writeSync(this.descriptor, `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

export function readJournal(path: string): JournalEntry[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line) as JournalEntry);
}

export function summarizeJournal(entries: readonly JournalEntry[]): JournalSummary {
  const idsOf = new Map<string, Set<string>>();
  let requests = 0;
  for (const entry of entries) {
    if ('request' in entry) {
      if (entry.request !== 'order') continue;
      requests += 1;
      if (!idsOf.has(entry.key)) idsOf.set(entry.key, new Set());
    } else if (entry.id !== undefined) idsOf.get(entry.key)?.add(entry.id);
  }
  const keysWith = (isSo: (ids: number) => boolean): string[] =>
    [...idsOf].filter(([, ids]) => isSo(ids.size)).map(([key]) => key);
  return {
    accepted: new Set([...idsOf.values()].flatMap((ids) => [...ids])),
    requests,
    neverAccepted: keysWith((ids) => ids === 0),
    keysWithTwoOrders: keysWith((ids) => ids > 1),
  };
}
