/**
 * - `unknown`: no response, a 5xx, an unreadable one: the gateway may have executed the operation.
 * - `rejected`: the gateway rejects the request itself, such as 404 or 422.
 * - `unverified`: the gateway may have forgotten the key, and it is unknown whether it executed the operation.
 * - `contradiction`: a valid response that the payment's record excludes.
 * - `unstored`: a valid response that could not be stored.
 */
export type Failure = 'unknown' | 'rejected' | 'unverified' | 'contradiction' | 'unstored';

/** Why an operation is parked. */
export const parkCauses = ['rejected', 'contradiction', 'unverified'] as const;
export type ParkCause = (typeof parkCauses)[number];

/** An operation's attempts and rejections so far, without the failed attempt. */
export interface AttemptHistory {
  /** Requests since the last release, the failed one included. */
  readonly attempts: number;
  /** Counted rejections. */
  readonly rejections: number;
  /** Age of the first of the rejections that follow each other, in ms; null when the previous attempt was no rejection. */
  readonly rejectedForMs: number | null;
}

export type FailureDecision =
  | { readonly action: 'park'; readonly cause: ParkCause }
  | { readonly action: 'retry'; readonly delayMs: number; readonly isCounted: boolean };

const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 30_000;
/** Counted rejections, the last one included, that park an operation. */
const REJECTIONS_MAX = 5;

/**
 * Decides on an operation after a failed attempt. A rejection is the operation's own fault only if the gateway approves or
 * refuses other operations of its kind meanwhile: a gateway that is being deployed responds to every request with 404. So
 * a rejection counts only then, and the fifth one parks the operation. A rejection also parks an operation of which every
 * attempt for `parkAfterMs` was rejected. A contradiction always counts. An unverified operation is parked at once: another
 * request could move the money twice. An unknown outcome never parks an operation.
 *
 * @param hasOthersSucceeded whether another operation of the kind succeeded since the operation's previous rejection
 */
export function decideOnFailure(
  failure: Failure,
  { attempts, rejections, rejectedForMs }: AttemptHistory,
  hasOthersSucceeded: boolean,
  parkAfterMs: number,
): FailureDecision {
  if (failure === 'unverified') return { action: 'park', cause: failure };
  const isCounted = failure === 'contradiction' || (failure === 'rejected' && hasOthersSucceeded);
  const isHopeless = isCounted && rejections + 1 >= REJECTIONS_MAX;
  const isOld = rejectedForMs !== null && rejectedForMs >= parkAfterMs;
  if (failure === 'rejected' || failure === 'contradiction') {
    if (isHopeless || isOld) return { action: 'park', cause: failure };
  }
  const delayMs = Math.min(BACKOFF_MIN_MS * 2 ** Math.min(attempts - 1, 10), BACKOFF_MAX_MS);
  return { action: 'retry', delayMs, isCounted };
}
