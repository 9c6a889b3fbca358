import type { LedgerEntry } from './ledger.js';

interface KeyRecord {
  /** Tells what was asked under the key from anything else. */
  request: string;
  inFlight: boolean;
  entry?: LedgerEntry;
  requests: number;
}

/** The key came with another request before. */
export class KeyReused extends Error {
  override readonly name = 'KeyReused';
}

/** The first request with the key is still being worked on. */
export class KeyInFlight extends Error {
  override readonly name = 'KeyInFlight';
}

/** What was asked under each idempotency key, what came of it, and how many requests carried it. */
export class IdempotencyKeys {
  private readonly records = new Map<string, KeyRecord>();

  get size(): number {
    return this.records.size;
  }

  has(key: string): boolean {
    return this.records.has(key);
  }

  /**
   * Counts a request, and returns what the key already led to, if anything. Otherwise the key is in flight until it
   * is settled or released.
   *
   * @throws KeyReused, KeyInFlight
   */
  claim(key: string, request: string): LedgerEntry | undefined {
    const record = this.records.get(key);
    if (!record) {
      this.records.set(key, { request, inFlight: true, requests: 1 });
      return undefined;
    }
    record.requests += 1;
    if ((record.inFlight || record.entry) && record.request !== request) throw new KeyReused();
    if (record.inFlight) throw new KeyInFlight();
    record.request = request;
    record.inFlight = !record.entry;
    return record.entry;
  }

  /** Remembers what the key led to, for good. Also for entries that were read back. */
  settle(key: string, request: string, entry: LedgerEntry): void {
    this.records.set(key, { request, inFlight: false, entry, requests: this.requests(key) });
  }

  /** Nothing was done: the next request with the key is the first again. */
  release(key: string): void {
    const record = this.records.get(key);
    if (record) record.inFlight = false;
  }

  /** How many requests carried the key since the start. */
  requests(key: string): number {
    return this.records.get(key)?.requests ?? 0;
  }

  /** How many requests carried how many keys since the start. */
  totals(): { total: number; keys: number } {
    let total = 0;
    for (const { requests } of this.records.values()) total += requests;
    return { total, keys: this.records.size };
  }
}
