import { setTimeout as pause } from 'node:timers/promises';

import type { Service } from '../local/service-process.js';
import { TookTooLong } from '../client/wait-until.js';

const STARTS_WITHIN_MS = 120_000;
const AGAIN_AFTER_MS = 500;

/**
 * A process with somebody who starts it again, as a container platform would; it may be refused at first, when what it
 * needs is away. One that ends although nobody killed it has a fault of its own, and is remembered.
 */
export class Supervised {
  /** How it ended by itself, once for each time. */
  readonly endings: string[] = [];
  private isExpectedToEnd = false;
  private isStopped = false;

  constructor(
    readonly name: string,
    private readonly service: Service,
  ) {
    this.watch();
  }

  get url(): string {
    return this.service.url;
  }

  /** kill -9. It stays away until {@link start}. */
  async kill(): Promise<void> {
    this.isExpectedToEnd = true;
    await this.service.kill();
  }

  /** @throws TookTooLong */
  async start(): Promise<void> {
    for (const giveUpAt = performance.now() + STARTS_WITHIN_MS; !this.isStopped;) {
      try {
        await this.service.start();
        this.isExpectedToEnd = false;
        return this.watch();
      } catch (error) {
        if (performance.now() > giveUpAt)
          throw new TookTooLong(`${this.name} does not start`, { cause: error });
      }
      await pause(AGAIN_AFTER_MS);
    }
  }

  /** From now on it may end, and is not started again. */
  abandon(): void {
    this.isStopped = true;
    this.isExpectedToEnd = true;
  }

  /** In good order, for good. */
  async stop(): Promise<void> {
    this.abandon();
    await this.service.stop();
  }

  private watch(): void {
    void this.service.exited.then(async (code) => {
      if (this.isExpectedToEnd) return;
      this.isExpectedToEnd = true;
      this.endings.push(
        `${this.name} ended by itself (exit code ${code})\n${await this.service.lastLogLines(5)}`,
      );
      await this.start();
    });
  }
}
