import type { SourceProblem } from '../../protocol.js';
import { describeError } from '../databases.js';

/** A source of the live view, read once per interval. */
export interface Source {
  readonly name: string;
  readonly intervalMs: number;
  readonly read: () => Promise<void>;
}

/** Reads each source at its interval, one read at a time per source, and keeps the problem of each failed read. */
export class Poller {
  private readonly problemsBySource = new Map<string, SourceProblem>();
  private readonly dueAt = new Map<string, number>();
  private readonly reading = new Set<string>();
  private readonly finished = new Set<string>();

  constructor(private readonly sources: readonly Source[]) {}

  /** Starts the reads that are due and waits for them at most `waitMs`; a slow source delays no other one. */
  async poll(waitMs: number): Promise<void> {
    const now = Date.now();
    const due = this.sources.filter(
      ({ name }) => !this.reading.has(name) && (this.dueAt.get(name) ?? 0) <= now,
    );
    const reads = Promise.all(due.map((source) => this.read(source)));
    await Promise.race([reads, new Promise((resolve) => setTimeout(resolve, waitMs))]);
  }

  /** Whether a source has been read, successfully or not. */
  hasRead(name: string): boolean {
    return this.finished.has(name);
  }

  /** The sources whose last read failed. */
  get problems(): readonly SourceProblem[] {
    return [...this.problemsBySource.values()];
  }

  private async read({ name, intervalMs, read }: Source): Promise<void> {
    // A little early, so that a source of 1,000 ms is due at every tick of 1,000 ms.
    this.dueAt.set(name, Date.now() + intervalMs - 50);
    this.reading.add(name);
    try {
      await read();
      this.problemsBySource.delete(name);
    } catch (error) {
      const since = this.problemsBySource.get(name)?.since ?? Date.now();
      this.problemsBySource.set(name, { source: name, problem: describeError(error), since });
    } finally {
      this.reading.delete(name);
      this.finished.add(name);
    }
  }
}
