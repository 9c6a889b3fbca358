import type { Operation } from './ledger.js';

/**
 * - `approve`, `decline`: whatever the token says; the ledger's own rules still hold.
 * - `fail`: 500, and nothing is done.
 * - `reject`: 422, and nothing is done: it will not have such a request, however often it is asked.
 * - `slow`: waits `delayMs`, then does it and answers.
 * - `timeout_after_charge`: does it and never answers.
 * - `respond_twice`: does it once and sends the same HTTP response twice on the connection.
 */
export const behaviours = [
  'approve',
  'decline',
  'fail',
  'reject',
  'slow',
  'timeout_after_charge',
  'respond_twice',
] as const;
export type Behaviour = (typeof behaviours)[number];

/** How the gateway behaves towards one operation, until told otherwise. */
export interface Mode {
  readonly behaviour: Behaviour;
  /** For `slow`. */
  readonly delayMs?: number;
  /** Only for so many requests more; then it behaves as if never set. */
  readonly times?: number;
  /** Only for one order. */
  readonly reference?: string;
}

export type ModeSettings = Partial<Record<Operation, Mode>>;

export class Modes {
  private settings: ModeSettings = {};

  /** Replaces all modes; an operation not named behaves again. */
  set(settings: ModeSettings): void {
    this.settings = settings;
  }

  /** What is still in force. */
  current(): ModeSettings {
    return this.settings;
  }

  /** The mode that one request meets. Counts the request. */
  take(operation: Operation, reference: string): Mode | undefined {
    const mode = this.settings[operation];
    if (!mode || (mode.reference !== undefined && mode.reference !== reference)) return undefined;
    if (mode.times !== undefined) {
      const { [operation]: _, ...others } = this.settings;
      const remaining = mode.times - 1;
      this.settings = remaining > 0 ? { ...others, [operation]: { ...mode, times: remaining } } : others;
    }
    return mode;
  }
}
