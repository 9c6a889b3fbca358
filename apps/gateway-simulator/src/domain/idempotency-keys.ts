import type { LedgerEntry } from './ledger.js';

interface KeyRecord {
  /** Tells what was asked under the key from anything else. */
  requestHash: string;
  isInFlight: boolean;
  entry?: LedgerEntry;
  requests: number;
}

/** The key came with another request before. */
export class KeyReusedError extends Error {
  override readonly name = 'KeyReusedError';
}

/** The first request with the key is still being worked on. */
export class KeyInFlightError extends Error {
  override readonly name = 'KeyInFlightError';
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
   * @throws KeyReusedError, KeyInFlightError
   */
  claim(key: string, requestHash: string): LedgerEntry | undefined {
    const record = this.records.get(key);
    if (!record) {
      this.records.set(key, { requestHash, isInFlight: true, requests: 1 });
      return undefined;
    }
    record.requests += 1;
    if ((record.isInFlight || record.entry) && record.requestHash !== requestHash) throw new KeyReusedError();
    if (record.isInFlight) throw new KeyInFlightError();
    record.requestHash = requestHash;
    record.isInFlight = !record.entry;
    return record.entry;
  }

  /** Remembers what the key led to, for good. Also for entries that were read back. */
  settle(key: string, requestHash: string, entry: LedgerEntry): void {
    this.records.set(key, { requestHash, isInFlight: false, entry, requests: this.requests(key) });
  }

  /** Nothing was done: the next request with the key is the first again. */
  release(key: string): void {
    const record = this.records.get(key);
    if (record) record.isInFlight = false;
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
