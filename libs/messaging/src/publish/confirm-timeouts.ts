import { PublishOutcomeUnknownError } from '../errors.js';

/** How long a confirm may take before its outcome counts as unknown. */
const CONFIRM_TIMEOUT_MS = 30_000;
const CHECK_INTERVAL_MS = 1_000;

interface PendingConfirm {
  readonly expiresAtMs: number;
  readonly reject: (error: PublishOutcomeUnknownError) => void;
}

/**
 * The confirms that are waited for. One sweep a second ends what has taken too long, up to a second late; a timer for
 * each of thousands would cost as much as the rest of publishing does.
 */
export class ConfirmTimeouts {
  /** In the order of their beginning, which is that of their end. */
  private readonly pending = new Set<PendingConfirm>();
  private timer: NodeJS.Timeout | undefined;

  add(reject: PendingConfirm['reject']): PendingConfirm {
    const confirm = { expiresAtMs: performance.now() + CONFIRM_TIMEOUT_MS, reject };
    this.pending.add(confirm);
    this.timer ??= setInterval(() => this.rejectExpired(), CHECK_INTERVAL_MS);
    return confirm;
  }

  remove(confirm: PendingConfirm): void {
    this.pending.delete(confirm);
  }

  private rejectExpired(): void {
    const now = performance.now();
    for (const confirm of this.pending) {
      if (confirm.expiresAtMs > now) break;
      this.pending.delete(confirm);
      confirm.reject(new PublishOutcomeUnknownError(`no confirm within ${CONFIRM_TIMEOUT_MS} ms`));
    }
    if (this.pending.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
