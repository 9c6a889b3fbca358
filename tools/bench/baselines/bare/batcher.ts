/** Hands over whatever has arrived, as one batch, and then whatever has arrived meanwhile: one batch at a time, no waiting. */
export class Batcher<Item> {
  private pending: Item[] = [];
  private isBusy = false;

  constructor(private readonly handle: (items: readonly Item[]) => Promise<void>) {}

  add(item: Item): void {
    this.pending.push(item);
    if (this.isBusy) return;
    this.isBusy = true;
    setImmediate(() => void this.run()); // more of the same read from the socket are about to arrive
  }

  private async run(): Promise<void> {
    while (this.pending.length > 0) {
      const items = this.pending;
      this.pending = [];
      await this.handle(items);
    }
    this.isBusy = false;
  }
}
