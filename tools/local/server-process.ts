import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { signalGroup, type ProcessRecord, readProcessRecord } from './process-files.js';

/** What to run, as whom, and what to leave behind for whoever cleans up after us. */
export interface ServerSpec {
  /** For messages: `PostgreSQL`. */
  name: string;
  command: string;
  args: string[];
  /** The whole environment: nothing is inherited. */
  env: Record<string, string>;
  cwd?: string;
  /** Drop to this user; only root can. */
  user?: { uid: number; gid: number } | undefined;
  /** Output is appended here. */
  logFile: string;
  /** Written at the start, removed at the end; lets the next run end this server if we are killed. */
  pidFile?: string;
  /** What ends it at once without leaving anything behind in the system: SIGQUIT for PostgreSQL. */
  killSignal?: NodeJS.Signals;
}

/** What a pid file holds. */
export interface PidRecord extends ProcessRecord {
  killSignal: NodeJS.Signals;
}

/** What a test may do to a server that is ours alone. */
export interface ServerControl {
  /** Ends it in good order. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and data. */
  start(): Promise<void>;
}

/** A server that ended, or did not become ready in time; the message carries the last lines of its log. */
export class ServerFailedError extends Error {
  override readonly name = 'ServerFailedError';
}

const running = new Set<ServerProcess>();

// Whatever ends this process short of SIGKILL, its servers end with it.
process.on('exit', () => {
  for (const server of running) server.killSync();
});

/**
 * A server process of ours, in a process group of its own, so that Ctrl-C in the terminal reaches us and not it
 * and we can stop things in their order.
 */
export class ServerProcess {
  #child: ChildProcess | undefined;
  #exited: Promise<number | null> = Promise.resolve(null);
  #signalCode: NodeJS.Signals | null = null;

  constructor(readonly spec: ServerSpec) {}

  /** Settles when the process has ended, with its exit code, or null when a signal ended it. */
  get exited(): Promise<number | null> {
    return this.#exited;
  }

  /** The signal that ended the process that ran last, if one did. */
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
   * @param changes what is different in its environment this time.
   * @throws {ServerFailedError} when the program cannot be started at all.
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
   * Waits until `ready` says true.
   * @throws {ServerFailedError} when the process ends first, or the time is over (the process is then killed).
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

  /** Asks it to end, and kills it if it has not done so in time. Settles with its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 15_000): Promise<number | null> {
    if (!this.isRunning) return this.#exited;
    this.#child!.kill(signal);
    const timer = setTimeout(() => this.killSync(), timeoutMs);
    return this.#exited.finally(() => clearTimeout(timer));
  }

  /** Ends it without asking. */
  async kill(): Promise<void> {
    this.killSync();
    await this.#exited;
  }

  /** As {@link kill}, without waiting: for the last moment of this process. */
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
