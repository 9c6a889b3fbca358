import type { PendingRow } from './relay-session.js';

/** Outcome of published rows. Rows that were not published because an earlier row of their subject failed are in neither list. */
export interface PublishResult {
  readonly confirmed: PendingRow[];
  readonly failed: { readonly row: PendingRow; readonly error: Error }[];
}

interface Page {
  readonly rows: readonly PendingRow[];
  /** Whether its one row was alone in flight from publish to outcome: a channel error can only be caused by this row. */
  isIsolated: boolean;
  result: PublishResult | undefined;
}

/** The pages of rows that are published, until their outcome is taken. */
export class InFlight {
  private confirmed: PendingRow[] = [];
  private readonly pages = new Set<Page>();
  private onFinished: () => void = () => {};

  /** Rows of all pages that were added and not taken. */
  get rowCount(): number {
    let count = 0;
    for (const { rows } of this.pages) count += rows.length;
    return count;
  }

  /** Subjects that have a row in flight; no other row of them may be published. */
  subjects(): string[] {
    return [...this.pages].flatMap(({ rows }) => rows.map(({ subject }) => subject));
  }

  /** Adds a page that is being published. `publishing` must not reject. */
  add(rows: readonly PendingRow[], publishing: Promise<PublishResult>): void {
    for (const page of this.pages) page.isIsolated = false;
    const page: Page = { rows, isIsolated: this.pages.size === 0 && rows.length === 1, result: undefined };
    this.pages.add(page);
    void publishing.then((result) => {
      page.result = result;
      this.onFinished();
    });
  }

  /**
   * Resolves when a page is finished. After a failure it resolves when all pages are finished: a channel error fails
   * every row on the channel, and must count once. Never resolves without a page in flight.
   */
  async whenPageFinished(): Promise<void> {
    while (!this.canTake()) {
      await new Promise<void>((resolve) => {
        this.onFinished = resolve;
      });
    }
  }

  /** Takes all finished pages out of flight and returns their combined outcome. */
  takeFinished(): PublishResult & { readonly isIsolated: boolean } {
    const finished = this.canTake() ? [...this.pages].filter(({ result }) => result) : [];
    for (const page of finished) this.pages.delete(page);
    const confirmed = finished.flatMap(({ result }) => result?.confirmed ?? []);
    this.confirmed.push(...confirmed);
    return {
      confirmed,
      failed: finished.flatMap(({ result }) => result?.failed ?? []),
      isIsolated: finished.length === 1 && finished[0]!.isIsolated,
    };
  }

  /** Returns the rows confirmed since the last call, in order to mark them as published. */
  takeConfirmed(): PendingRow[] {
    return this.confirmed.splice(0);
  }

  private canTake(): boolean {
    const pages = [...this.pages];
    const someFailed = pages.some(({ result }) => result && result.failed.length > 0);
    return someFailed ? pages.every(({ result }) => result) : pages.some(({ result }) => result);
  }
}
