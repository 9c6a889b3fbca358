/** Handles all pending items as one batch. Items added during a batch form the next one, which starts without a delay. */
export class Batcher<Item> {
  private pending: Item[] = [];
  private isBusy = false;

  constructor(private readonly handle: (items: readonly Item[]) => Promise<void>) {}

  add(item: Item): void {
    this.pending.push(item);
    if (this.isBusy) return;
    this.isBusy = true;
    setImmediate(() => void this.run()); // the current socket read adds more items first
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
