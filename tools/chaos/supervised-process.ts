import { setTimeout as pause } from 'node:timers/promises';

import type { ServiceProcess } from '../local/service-process.js';
import { WaitTimeoutError } from '../client/wait-until.js';

const START_TIMEOUT_MS = 120_000;
const RESTART_DELAY_MS = 500;

/**
 * A process with somebody who starts it again, as a container platform would; it may be refused at first, when what it
 * needs is away. One that ends although nobody killed it has a fault of its own, and is remembered.
 */
export class SupervisedProcess {
  /** How it exited unexpectedly, once for each time. */
  readonly unexpectedExits: string[] = [];
  private isExitExpected = false;
  private isStopped = false;

  constructor(
    readonly name: string,
    private readonly service: ServiceProcess,
  ) {
    this.restartOnExit();
  }

  get url(): string {
    return this.service.url;
  }

  /** kill -9. It stays away until {@link start}. */
  async kill(): Promise<void> {
    this.isExitExpected = true;
    await this.service.kill();
  }

  /** @throws WaitTimeoutError */
  async start(): Promise<void> {
    for (const giveUpAt = performance.now() + START_TIMEOUT_MS; !this.isStopped;) {
      try {
        await this.service.start();
        this.isExitExpected = false;
        return this.restartOnExit();
      } catch (error) {
        if (performance.now() > giveUpAt)
          throw new WaitTimeoutError(`${this.name} does not start`, { cause: error });
      }
      await pause(RESTART_DELAY_MS);
    }
  }

  /** From now on it may end, and is not started again. */
  stopRestarting(): void {
    this.isStopped = true;
    this.isExitExpected = true;
  }

  /** In good order, for good. */
  async stop(): Promise<void> {
    this.stopRestarting();
    await this.service.stop();
  }

  private restartOnExit(): void {
    void this.service.exited.then(async (code) => {
      if (this.isExitExpected) return;
      this.isExitExpected = true;
      this.unexpectedExits.push(
        `${this.name} exited unexpectedly (exit code ${code})\n${await this.service.lastLogLines(5)}`,
      );
      await this.start();
    });
  }
}
