import type { PendingRow } from './relay-session.js';

/** What became of rows that were sent. Of a subject, what comes after a failed row was not sent. */
export interface PublishResult {
  readonly confirmed: PendingRow[];
  readonly failed: { readonly row: PendingRow; readonly error: Error }[];
}

interface Page {
  readonly rows: readonly PendingRow[];
  /** Nothing else was in flight for as long as its one row was: what the broker complained of can only be that. */
  isIsolated: boolean;
  result: PublishResult | undefined;
}

/** The pages of rows that have been sent, until what became of them is taken. */
export class InFlight {
  /** Rows that have been taken and are not marked yet. */
  readonly confirmed: PendingRow[] = [];
  private readonly pages = new Set<Page>();
  private onFinished: () => void = () => {};

  /** Rows of pages that are not finished, and of those whose end nobody has taken yet. */
  get rowCount(): number {
    let count = 0;
    for (const { rows } of this.pages) count += rows.length;
    return count;
  }

  /** Subjects of which no other row may be sent. */
  subjects(): string[] {
    return [...this.pages].flatMap(({ rows }) => rows.map(({ subject }) => subject));
  }

  /** Follows a page until `sending` resolves; it must not reject. */
  add(rows: readonly PendingRow[], sending: Promise<PublishResult>): void {
    for (const page of this.pages) page.isIsolated = false;
    const page: Page = { rows, isIsolated: this.pages.size === 0 && rows.length === 1, result: undefined };
    this.pages.add(page);
    void sending.then((sent) => {
      page.result = sent;
      this.onFinished();
    });
  }

  /**
   * Resolves when a page is finished; when something on it has failed, not before all are: one mistake fails
   * everything that is on the channel, and counts once.
   */
  async whenPageFinished(): Promise<void> {
    while (!this.canTake()) {
      await new Promise<void>((resolve) => {
        this.onFinished = resolve;
      });
    }
  }

  /** What became of the pages that are finished, together. They are in flight no more. */
  takeFinished(): PublishResult & { readonly isIsolated: boolean } {
    const finished = this.canTake() ? [...this.pages].filter(({ result }) => result) : [];
    for (const page of finished) this.pages.delete(page);
    return {
      confirmed: finished.flatMap(({ result }) => result?.confirmed ?? []),
      failed: finished.flatMap(({ result }) => result?.failed ?? []),
      isIsolated: finished.length === 1 && finished[0]!.isIsolated,
    };
  }

  private canTake(): boolean {
    const pages = [...this.pages];
    const someFailed = pages.some(({ result }) => result && result.failed.length > 0);
    return someFailed ? pages.every(({ result }) => result) : pages.some(({ result }) => result);
  }
}
