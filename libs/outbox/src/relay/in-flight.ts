import type { PendingRow } from './relay-session.js';

/** What became of rows that were sent. Of a subject, what comes after a failed row was not sent. */
export interface Sent {
  readonly confirmed: PendingRow[];
  readonly failed: { readonly row: PendingRow; readonly error: Error }[];
}

interface Page {
  readonly rows: readonly PendingRow[];
  /** Nothing else was in flight for as long as its one row was: what the broker complained of can only be that. */
  alone: boolean;
  sent: Sent | undefined;
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
  add(rows: readonly PendingRow[], sending: Promise<Sent>): void {
    for (const page of this.pages) page.alone = false;
    const page: Page = { rows, alone: this.pages.size === 0 && rows.length === 1, sent: undefined };
    this.pages.add(page);
    void sending.then((sent) => {
      page.sent = sent;
      this.onFinished();
    });
  }

  /**
   * Resolves when a page is finished; when something on it has failed, not before all are: one mistake fails
   * everything that is on the channel, and counts once.
   */
  async someFinished(): Promise<void> {
    while (!this.canTake()) {
      await new Promise<void>((resolve) => {
        this.onFinished = resolve;
      });
    }
  }

  /** What became of the pages that are finished, together. They are in flight no more. */
  take(): Sent & { readonly alone: boolean } {
    const finished = this.canTake() ? [...this.pages].filter(({ sent }) => sent) : [];
    for (const page of finished) this.pages.delete(page);
    return {
      confirmed: finished.flatMap(({ sent }) => sent?.confirmed ?? []),
      failed: finished.flatMap(({ sent }) => sent?.failed ?? []),
      alone: finished.length === 1 && finished[0]!.alone,
    };
  }

  private canTake(): boolean {
    const pages = [...this.pages];
    const someFailed = pages.some(({ sent }) => sent && sent.failed.length > 0);
    return someFailed ? pages.every(({ sent }) => sent) : pages.some(({ sent }) => sent);
  }
}
