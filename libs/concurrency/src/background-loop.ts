import type { Log } from '#observability';
import { WakeableSleep } from './wakeable-sleep.js';

/** One loop: its round, its pause and its log line. */
export interface BackgroundLoopOptions {
  /** Pause after a round that names none, and after a failed one, in ms. Required. */
  readonly intervalMs: number;
  /**
   * One round. Resolves to the pause before the next round in ms: 0 starts it at once, undefined means `intervalMs`.
   * `signal` is aborted by `stop`: a waiting round must then end its wait. Required.
   */
  readonly runOnce: (signal: AbortSignal) => Promise<number | void>;
  /** Whether the first round starts after a pause of `intervalMs`. Default false. */
  readonly delaysFirstRound?: boolean;
  /** Required. */
  readonly log: Log;
  /** Logged as a warning when a round rejects, with the error as `err`. Required. */
  readonly failureMessage: string;
}

/**
 * Runs `runOnce` again and again: one round at a time, with a pause between rounds that `wake` cuts short. A wake during
 * a round is remembered, so the next pause is skipped. A round that rejects is logged and repeated after `intervalMs`;
 * the loop ends only by `stop`.
 */
export class BackgroundLoop {
  private readonly stopping = new AbortController();
  private readonly pause = new WakeableSleep();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: BackgroundLoopOptions) {}

  /** Starts the loop. Call it once. */
  start(): void {
    this.running = this.run();
  }

  /** Ends the current pause, or skips the next one. Cheap; never rejects. */
  wake(): void {
    this.pause.wake();
  }

  /** Whether `stop` was called. */
  get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Resolves when the current round has ended. No round starts afterwards. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.pause.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    const { intervalMs, delaysFirstRound = false } = this.options;
    if (delaysFirstRound) await this.pause.sleep(intervalMs);
    while (!this.isStopping) {
      const pauseMs = await this.runRound();
      if (pauseMs > 0 && !this.isStopping) await this.pause.sleep(pauseMs);
    }
  }

  private async runRound(): Promise<number> {
    const { intervalMs, runOnce, log, failureMessage } = this.options;
    try {
      return (await runOnce(this.stopping.signal)) ?? intervalMs;
    } catch (error) {
      if (!this.isStopping) log.warn({ err: error }, failureMessage);
      return intervalMs;
    }
  }
}
