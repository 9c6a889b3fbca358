import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

import type { FaultKind } from './plan.js';

/** One line of the journal: a request before it is sent, a response, or a fault that began or ended. */
export type JournalEntry =
  | { readonly at: string; readonly request: 'order'; readonly key: string; readonly body: unknown }
  | { readonly at: string; readonly request: 'cancellation'; readonly id: string }
  | {
      readonly at: string;
      readonly responseStatus: number;
      readonly key: string;
      /** The order's id; only in an accepted response. */
      readonly id?: string;
    }
  | {
      readonly at: string;
      readonly fault: FaultKind;
      readonly target?: string;
      readonly event: 'injected' | 'reverted';
    };

/** Outcome of all order requests in a journal. */
export interface JournalSummary {
  /** Ids of the accepted orders. */
  readonly accepted: ReadonlySet<string>;
  /** Number of order requests, retries included. */
  readonly requests: number;
  /** Keys without an accepted response. */
  readonly neverAccepted: readonly string[];
  /** Keys with accepted responses for two different orders. */
  readonly keysWithTwoOrders: readonly string[];
}

type WithoutTime<Entry> = Entry extends unknown ? Omit<Entry, 'at'> : never;

/**
 * Requests and responses of clients as JSON lines. Each line reaches the operating system before its request is sent,
 * so the audit compares the shop with the file instead of the clients' memory.
 */
export class Journal {
  private readonly descriptor: number;

  /** Truncates an existing file. */
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
  const idsByKey = new Map<string, Set<string>>();
  let requests = 0;
  for (const entry of entries) {
    if ('request' in entry) {
      if (entry.request !== 'order') continue;
      requests += 1;
      if (!idsByKey.has(entry.key)) idsByKey.set(entry.key, new Set());
    } else if ('responseStatus' in entry && entry.id !== undefined) idsByKey.get(entry.key)?.add(entry.id);
  }
  const keysWith = (predicate: (orders: number) => boolean): string[] =>
    [...idsByKey].filter(([, ids]) => predicate(ids.size)).map(([key]) => key);
  return {
    accepted: new Set([...idsByKey.values()].flatMap((ids) => [...ids])),
    requests,
    neverAccepted: keysWith((orders) => orders === 0),
    keysWithTwoOrders: keysWith((orders) => orders > 1),
  };
}
