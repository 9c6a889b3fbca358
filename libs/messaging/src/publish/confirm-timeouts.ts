import { PublishOutcomeUnknown } from '../errors.js';

/** How long a confirm may take before its outcome counts as unknown. */
const CONFIRM_TIMEOUT_MS = 30_000;
const SWEEP_EVERY_MS = 1_000;

interface Wait {
  readonly endsAt: number;
  readonly reject: (error: PublishOutcomeUnknown) => void;
}

/**
 * The confirms that are waited for. One sweep a second ends what has taken too long, up to a second late; a timer for
 * each of thousands would cost as much as the rest of publishing does.
 */
export class ConfirmWaits {
  /** In the order of their beginning, which is that of their end. */
  private readonly waits = new Set<Wait>();
  private timer: NodeJS.Timeout | undefined;

  begin(reject: Wait['reject']): Wait {
    const wait = { endsAt: performance.now() + CONFIRM_TIMEOUT_MS, reject };
    this.waits.add(wait);
    this.timer ??= setInterval(() => this.sweep(), SWEEP_EVERY_MS);
    return wait;
  }

  end(wait: Wait): void {
    this.waits.delete(wait);
  }

  private sweep(): void {
    const now = performance.now();
    for (const wait of this.waits) {
      if (wait.endsAt > now) break;
      this.waits.delete(wait);
      wait.reject(new PublishOutcomeUnknown(`no confirm within ${CONFIRM_TIMEOUT_MS} ms`));
    }
    if (this.waits.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
