/**
 * A readers-writer lock within one process: work with `shared` runs concurrently, work with `exclusive` runs alone. Waiting
 * exclusive work goes before later shared work, so it is not starved. Without exclusive work, `shared` costs no turn of the
 * event loop. Do not call one inside the other: both would wait for each other.
 */
export class ReadWriteLock {
  private readonly sharedWork = new Set<Promise<unknown>>();
  private exclusiveWork: Promise<unknown> = Promise.resolve();
  private exclusiveCount = 0;

  /** Runs `work` as soon as no exclusive work runs or waits. Settles as `work` does. */
  async shared<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.exclusiveCount > 0) await this.exclusiveWork;
    const running = work();
    this.sharedWork.add(running);
    try {
      return await running;
    } finally {
      this.sharedWork.delete(running);
    }
  }

  /** Runs `work` when all earlier work has ended, and no other work until it has ended. Settles as `work` does. */
  async exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    this.exclusiveCount += 1;
    const running = this.exclusiveWork.then(() => Promise.allSettled(this.sharedWork)).then(work);
    this.exclusiveWork = running.catch(() => {});
    try {
      return await running;
    } finally {
      this.exclusiveCount -= 1;
    }
  }
}
