/**
 * A sleep that can be cut short, for loops that poll but are also told when there is something to do. A ring while
 * nobody sleeps is remembered, so none is lost between looking and lying down.
 */
export class Alarm {
  private rung = false;
  private wakeSleeper: (() => void) | undefined;

  ring(): void {
    this.rung = true;
    this.wakeSleeper?.();
  }

  /**
   * Sleeps until the next ring, not at all if it has rung since the last sleep, and no longer than `ms`.
   *
   * @returns whether it rang
   */
  async sleep(ms: number): Promise<boolean> {
    if (!this.rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wakeSleeper = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wakeSleeper = undefined;
    }
    const { rung } = this;
    this.rung = false;
    return rung;
  }
}
