/**
 * A sleep that another part of the process can end, for a loop that both polls and is woken. A wake between two sleeps is
 * remembered: the next sleep returns immediately, so no wake is lost. One sleeper at a time.
 */
export class WakeableSleep {
  private isWakePending = false;
  private endSleep: (() => void) | undefined;

  /** Ends the current sleep, or skips the next one. Several wakes before a sleep count as one. */
  wake(): void {
    this.isWakePending = true;
    this.endSleep?.();
  }

  /**
   * Sleeps until a wake, at most `ms`.
   *
   * @returns whether it was woken
   */
  async sleep(ms: number): Promise<boolean> {
    if (!this.isWakePending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.endSleep = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.endSleep = undefined;
    }
    const { isWakePending } = this;
    this.isWakePending = false;
    return isWakePending;
  }
}
