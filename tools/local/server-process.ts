import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { signalGroup, type ProcessRecord, readProcessRecord } from './process-files.js';

/** The command of a server process, its user, and the files for its log and cleanup. */
export interface ServerSpec {
  /** The name in error messages: `PostgreSQL`. */
  name: string;
  command: string;
  args: string[];
  /** The whole environment: nothing is inherited. */
  env: Record<string, string>;
  cwd?: string;
  /** Run as this user; requires root. */
  user?: { uid: number; gid: number } | undefined;
  /** Output is appended here. */
  logFile: string;
  /** Written at the start, deleted at the end. The next run ends the server if this process is killed. */
  pidFile?: string;
  /** The signal for {@link ServerProcess.kill}. Default: SIGKILL; PostgreSQL needs SIGQUIT to free shared memory. */
  killSignal?: NodeJS.Signals;
}

/** The content of a pid file. */
export interface PidRecord extends ProcessRecord {
  killSignal: NodeJS.Signals;
}

/** Stops, kills and restarts a server that this process started. */
export interface ServerControl {
  /** Shuts the server down cleanly. */
  stop(): Promise<void>;
  /** Ends the server as a crash would. */
  kill(): Promise<void>;
  /** Starts the server again, with the same port and data. */
  start(): Promise<void>;
}

/** A server ended or was not ready in time; the message contains the last lines of its log. */
export class ServerFailedError extends Error {
  override readonly name = 'ServerFailedError';
}

const running = new Set<ServerProcess>();

// Servers end with this process, except after SIGKILL.
process.on('exit', () => {
  for (const server of running) server.killSync();
});

/**
 * A child process in a separate process group: Ctrl-C in the terminal reaches this process only, which then stops
 * its servers in the right order.
 */
export class ServerProcess {
  #child: ChildProcess | undefined;
  #exited: Promise<number | null> = Promise.resolve(null);
  #signalCode: NodeJS.Signals | null = null;

  constructor(readonly spec: ServerSpec) {}

  /** Resolves when the process has ended: with its exit code, or null when a signal ended it. */
  get exited(): Promise<number | null> {
    return this.#exited;
  }

  /** The signal that ended the last process, or null. */
  get signalCode(): NodeJS.Signals | null {
    return this.#signalCode;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return running.has(this);
  }

  /**
   * @param changes environment variables that override the spec's, for this start only
   * @throws {ServerFailedError} when the program cannot be executed
   */
  async start(changes: Record<string, string> = {}): Promise<void> {
    const { command, args, env, cwd, user, logFile, pidFile, killSignal = 'SIGKILL' } = this.spec;
    const log = openSync(logFile, 'a');
    try {
      this.#child = spawn(command, args, {
        env: { ...env, ...changes },
        ...(cwd === undefined ? {} : { cwd }),
        ...user,
        detached: process.platform !== 'win32',
        stdio: ['ignore', log, log],
      });
    } finally {
      closeSync(log);
    }
    await this.#waitUntilSpawned(this.#child);
    const record = await readProcessRecord(this.#child.pid!);
    if (pidFile !== undefined && record !== undefined) {
      await writeFile(pidFile, JSON.stringify({ ...record, killSignal } satisfies PidRecord));
    }
  }

  /**
   * Polls `ready` every 50 ms until it returns true.
   * @throws {ServerFailedError} when the process ends first, or after `timeoutMs`; the process is then killed.
   */
  async waitUntil(ready: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await ready())) {
      if (!this.isRunning) {
        throw new ServerFailedError(
          `${this.spec.name} ended before it was ready\n${await this.lastLogLines()}`,
        );
      }
      if (Date.now() > deadline) {
        await this.kill();
        throw new ServerFailedError(
          `${this.spec.name} was not ready within ${timeoutMs / 1000} s\n${await this.lastLogLines()}`,
        );
      }
      await Promise.race([this.#exited, sleep(50)]);
    }
  }

  /** Sends `signal`, and kills the process after `timeoutMs`. Resolves with the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 15_000): Promise<number | null> {
    if (!this.isRunning) return this.#exited;
    this.#child!.kill(signal);
    const timer = setTimeout(() => this.killSync(), timeoutMs);
    return this.#exited.finally(() => clearTimeout(timer));
  }

  /** Sends the kill signal and waits for the end of the process. */
  async kill(): Promise<void> {
    this.killSync();
    await this.#exited;
  }

  /** Same as {@link kill}, without waiting: for the `exit` event of this process. */
  killSync(): void {
    if (this.isRunning) signalGroup(this.#child!.pid!, this.spec.killSignal ?? 'SIGKILL');
  }

  async lastLogLines(count = 25): Promise<string> {
    const log = await readFile(this.spec.logFile, 'utf8').catch(() => '');
    return log.trimEnd().split('\n').slice(-count).join('\n');
  }

  async #waitUntilSpawned(child: ChildProcess): Promise<void> {
    this.#signalCode = null;
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#signalCode = signal;
        running.delete(this);
        const { pidFile } = this.spec;
        void (pidFile === undefined ? Promise.resolve() : rm(pidFile, { force: true })).then(() =>
          resolve(code),
        );
      });
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) => {
        this.#exited = Promise.resolve(null);
        reject(new ServerFailedError(`${this.spec.name} cannot be started: ${cause.message}`, { cause }));
      });
    });
    running.add(this);
  }
}
