/** Hands over whatever has arrived, as one batch, and then whatever has arrived meanwhile: one batch at a time, no waiting. */
export class Turns<Item> {
  private arrived: Item[] = [];
  private busy = false;

  constructor(private readonly handle: (items: readonly Item[]) => Promise<void>) {}

  add(item: Item): void {
    this.arrived.push(item);
    if (this.busy) return;
    this.busy = true;
    setImmediate(() => void this.work()); // more of the same read from the socket are about to arrive
  }

  private async work(): Promise<void> {
    while (this.arrived.length > 0) {
      const items = this.arrived;
      this.arrived = [];
      await this.handle(items);
    }
    this.busy = false;
  }
}
