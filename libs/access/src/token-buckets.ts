/** Most keys with a bucket. The bucket that was used longest ago makes room, which is full again for an honest caller. */
const KEYS_MAX = 20_000;

interface Bucket {
  tokens: number;
  updatedAtMs: number;
}

/**
 * A token bucket per key, in the memory of this process: it holds `perMinute` tokens and refills at that rate. A bucket
 * with any token left admits any amount and goes into debt, so an amount above `perMinute` is possible after a pause.
 */
export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();

  /** @param now in ms, monotonic; default `performance.now` */
  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Takes `amount` tokens. @returns 0, or the time in ms after which the key is admitted again; then none was taken */
  take(key: string, amount = 1): number {
    const waitMs = this.waitMs(key);
    if (waitMs === 0) this.charge(key, amount);
    return waitMs;
  }

  /** The time, in ms, after which the key is admitted again; 0 when it is admitted now. Takes no token. */
  waitMs(key: string): number {
    const { tokens } = this.refill(key);
    return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * 60_000) / this.perMinute);
  }

  /** Takes `amount` tokens also from an empty bucket. */
  charge(key: string, amount = 1): void {
    const bucket = this.refill(key);
    bucket.tokens -= amount;
    this.buckets.delete(key); // the last used key is the last of the map
    this.buckets.set(key, bucket);
    if (this.buckets.size > KEYS_MAX) this.buckets.delete(this.buckets.keys().next().value!);
  }

  private refill(key: string): Bucket {
    const now = this.now();
    const bucket = this.buckets.get(key) ?? { tokens: this.perMinute, updatedAtMs: now };
    const refilled = bucket.tokens + ((now - bucket.updatedAtMs) * this.perMinute) / 60_000;
    bucket.tokens = Math.min(this.perMinute, refilled);
    bucket.updatedAtMs = now;
    return bucket;
  }
}
