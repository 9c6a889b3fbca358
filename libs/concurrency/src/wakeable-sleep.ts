/**
 * A sleep that can be cut short, for loops that poll but are also told when there is something to do. A ring while
 * nobody sleeps is remembered, so none is lost between looking and lying down.
 */
export class WakeableSleep {
  private isWakePending = false;
  private endSleep: (() => void) | undefined;

  wake(): void {
    this.isWakePending = true;
    this.endSleep?.();
  }

  /**
   * Sleeps until the next ring, not at all if it has rung since the last sleep, and no longer than `ms`.
   *
   * @returns whether it rang
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
