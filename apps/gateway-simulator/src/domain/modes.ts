import type { Operation } from './ledger.js';

/**
 * - `approve`, `decline`: overrides the token's behaviour. The ledger's rules still apply.
 * - `fail`: responds with `status`; executes no operation.
 * - `reject`: 422; executes no operation.
 * - `slow`: waits `delayMs`, then executes the operation and responds.
 * - `timeout_after_charge`: executes the operation and never responds.
 * - `respond_twice`: executes the operation once and sends the HTTP response twice on the connection.
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

/** The gateway's behaviour for one operation, until it is replaced. */
export interface Mode {
  readonly behaviour: Behaviour;
  /** Delay of `slow`, in ms. */
  readonly delayMs?: number;
  /** Status code of `fail`, from 400 to 599. Default 500. */
  readonly status?: number;
  /** Number of requests left; the mode is then removed. Default: no limit. */
  readonly times?: number;
  /** The only order that the mode applies to. Default: all. */
  readonly reference?: string;
}

export type ModeSettings = Partial<Record<Operation, Mode>>;

export class Modes {
  private settings: ModeSettings = {};

  /** Replaces all modes; operations without a mode behave normally. */
  set(settings: ModeSettings): void {
    this.settings = settings;
  }

  /** The modes with requests left. */
  current(): ModeSettings {
    return this.settings;
  }

  /** Returns the mode for one request, and counts the request. */
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
