import type { LedgerEntry } from './ledger.js';

interface KeyRecord {
  /** Detects a key reused for another request. */
  requestHash: string;
  isInFlight: boolean;
  entry?: LedgerEntry;
  requests: number;
}

/** An earlier request with this key was another one. */
export class KeyReusedError extends Error {
  override readonly name = 'KeyReusedError';
}

/** An earlier request with this key is in progress. */
export class KeyInFlightError extends Error {
  override readonly name = 'KeyInFlightError';
}

/** Request, ledger entry and number of requests of each idempotency key. */
export class IdempotencyKeys {
  private readonly records = new Map<string, KeyRecord>();

  /** @param retentionMs age of a key's entry at which the key is forgotten, in ms; default never */
  constructor(private readonly retentionMs = Number.POSITIVE_INFINITY) {}

  get size(): number {
    return this.records.size;
  }

  has(key: string): boolean {
    return this.records.has(key);
  }

  /**
   * Counts a request, and returns the key's entry if it has one. Otherwise the key is in flight until `settle` or
   * `release`.
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
    if (record.entry && Date.now() - Date.parse(record.entry.at) >= this.retentionMs) delete record.entry;
    if ((record.isInFlight || record.entry) && record.requestHash !== requestHash) throw new KeyReusedError();
    if (record.isInFlight) throw new KeyInFlightError();
    record.requestHash = requestHash;
    record.isInFlight = !record.entry;
    return record.entry;
  }

  /** Records the key's entry, decided now or read from the ledger file. */
  settle(key: string, requestHash: string, entry: LedgerEntry): void {
    this.records.set(key, { requestHash, isInFlight: false, entry, requests: this.requests(key) });
  }

  /** Ends a request that made no entry: the next request with the key executes its operation. */
  release(key: string): void {
    const record = this.records.get(key);
    if (record) record.isInFlight = false;
  }

  /** Number of requests with the key since the start. */
  requests(key: string): number {
    return this.records.get(key)?.requests ?? 0;
  }

  /** Numbers of requests and of keys since the start. */
  totals(): { total: number; keys: number } {
    let total = 0;
    for (const { requests } of this.records.values()) total += requests;
    return { total, keys: this.records.size };
  }
}
