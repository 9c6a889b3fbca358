import { setTimeout as pause } from 'node:timers/promises';

import type { ServiceProcess } from '../local/service-process.js';
import { WaitTimeoutError } from '../client/wait-until.js';

const START_TIMEOUT_MS = 120_000;
const RESTART_DELAY_MS = 500;

/**
 * Restarts a service process after a crash, as a container platform does. A start is retried for 120 s, because the
 * database or broker may be unavailable. An exit without {@link kill} or {@link stop} is recorded as unexpected.
 */
export class SupervisedProcess {
  /** Exit code and last log lines of each unexpected exit. */
  readonly unexpectedExits: string[] = [];
  /** False after {@link kill} and {@link stopRestarting}: an exit is then expected. */
  private isWanted = true;
  private isStopped = false;
  /** The start in progress; a second start beside it would leave a child process that nothing ends. */
  private starting: Promise<void> | undefined;

  constructor(
    readonly name: string,
    private readonly service: ServiceProcess,
  ) {
    this.restartOnExit();
  }

  /** Sends SIGKILL. The process is not restarted until {@link start}. */
  async kill(): Promise<void> {
    this.isWanted = false;
    await this.end(() => this.service.kill());
  }

  /** Starts the process and resolves when it is ready; joins a start in progress. @throws WaitTimeoutError after 120 s */
  start(): Promise<void> {
    this.isWanted = !this.isStopped;
    this.starting ??= this.startWithRetries().finally(() => {
      this.starting = undefined;
    });
    return this.starting;
  }

  /** Disables restarts: from now on any exit is expected. */
  stopRestarting(): void {
    this.isStopped = true;
    this.isWanted = false;
  }

  /** Disables restarts and ends the process with SIGTERM, after 15 s with SIGKILL. */
  async stop(): Promise<void> {
    this.stopRestarting();
    await this.end(async () => void (await this.service.stop()));
  }

  private async end(endProcess: () => Promise<void>): Promise<void> {
    await endProcess();
    // A start in progress may have spawned a process after the first call.
    await this.starting?.catch(() => {});
    await endProcess();
  }

  private async startWithRetries(): Promise<void> {
    if (this.service.isRunning) return;
    for (const giveUpAt = performance.now() + START_TIMEOUT_MS; this.isWanted;) {
      try {
        await this.service.start();
        return this.restartOnExit();
      } catch (error) {
        if (performance.now() > giveUpAt)
          throw new WaitTimeoutError(`${this.name} does not start`, { cause: error });
      }
      await pause(RESTART_DELAY_MS);
    }
  }

  private restartOnExit(): void {
    void this.service.exited.then(async (code) => {
      if (!this.isWanted) return;
      const lines = await this.service.lastLogLines(5);
      this.unexpectedExits.push(`${this.name} exited unexpectedly (exit code ${code})\n${lines}`);
      if (this.isWanted)
        await this.start().catch((error: unknown) => this.unexpectedExits.push(String(error)));
    });
  }
}
