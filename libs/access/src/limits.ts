import { integer } from '#config';
import { ProblemException } from '#http';
import { accessProblems } from './access-problems.js';
import { TokenBuckets } from './token-buckets.js';

/** The variables of limits, without the prefix of the app. Spread them into the schema of its configuration. */
export function limitVariables() {
  return {
    /** Requests of one caller per minute and process; one more gets 429. Default 1,200. */
    CALLER_REQUESTS_PER_MINUTE: integer({ min: 1, max: 10_000_000 }).default(1_200),
    /** Requests of one caller at once, per process, open event streams included. Default 100. */
    CALLER_CONCURRENCY_MAX: integer({ min: 1, max: 100_000 }).default(100),
    /** Rejected tokens of one address per minute and process; further tokens of it get 429. Default 120. */
    REJECTED_TOKENS_PER_MINUTE: integer({ min: 1, max: 10_000_000 }).default(120),
  };
}

/** The values of {@link limitVariables}, under camelCase names. */
export interface LimitConfig {
  readonly callerRequestsPerMinute: number;
  readonly callerConcurrencyMax: number;
  readonly rejectedTokensPerMinute: number;
}

/**
 * Limits of callers and addresses, in the memory of this process. The key of a caller is `sub` alone: another token,
 * address or idempotency key is the same caller.
 */
export class CallerLimits {
  private readonly requests: TokenBuckets;
  private readonly rejected: TokenBuckets;
  private readonly running = new Map<string, number>();

  constructor(private readonly config: LimitConfig) {
    this.requests = new TokenBuckets(config.callerRequestsPerMinute);
    this.rejected = new TokenBuckets(config.rejectedTokensPerMinute);
  }

  /**
   * Counts a request of a caller.
   *
   * @returns a function that the end of the request calls once
   * @throws ProblemException 429
   */
  start(sub: string): () => void {
    const running = this.running.get(sub) ?? 0;
    if (running >= this.config.callerConcurrencyMax) throw tooManyRequests(1_000);
    const waitMs = this.requests.take(sub);
    if (waitMs > 0) throw tooManyRequests(waitMs);
    this.running.set(sub, running + 1);
    return () => {
      const left = this.running.get(sub)! - 1;
      if (left === 0) this.running.delete(sub);
      else this.running.set(sub, left);
    };
  }

  /** @throws ProblemException 429 for an address with too many rejected tokens */
  assertAddress(address: string): void {
    const waitMs = this.rejected.waitMs(address);
    if (waitMs > 0) throw tooManyRequests(waitMs);
  }

  /** Counts a rejected token. */
  countRejected(address: string): void {
    this.rejected.charge(address);
  }
}

/** 429 with `Retry-After`, in whole seconds. */
export function tooManyRequests(
  waitMs: number,
  detail = 'This caller sends too many requests.',
): ProblemException {
  return new ProblemException({
    type: accessProblems.tooManyRequests,
    detail,
    headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) },
  });
}
