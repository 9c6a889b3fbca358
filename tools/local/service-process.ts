import { join } from 'node:path';

import { REPOSITORY_ROOT } from '../client/repository-root.js';
import { request } from '../client/http-request.js';
import { ServerProcess } from './server-process.js';
import { onShutdown } from './shutdown.js';

export interface ServiceProcessOptions {
  /** The app: `order`. Required. */
  name: string;
  /** The URL that the service will listen on: `http://127.0.0.1:23000`. Required. */
  url: string;
  /** The service's configuration. It inherits only `PATH` and `HOME` from this process. Required. */
  env: Record<string, string>;
  /** Standard output and error are appended to this file. Required. */
  logFile: string;
  /** The compiled file to run. Default: the app's `main.js` in `dist`. */
  entry?: string;
  /** Lets the next run end the service if this process is killed; see {@link ServerProcess}. Default: none. */
  pidFile?: string;
  /** How long to wait for `GET /health/ready`, in ms. Default: 60,000, needed only under full load. */
  readyTimeoutMs?: number;
  /** Limit of the old generation of the V8 heap, in MB. Default: 128. */
  heapMb?: number;
}

/**
 * A service's live data is about 40 MB. Without limits, Node.js on a large machine lets garbage grow to several times
 * that before it collects.
 */
const heapLimits = (heapMb: number): string[] => [
  `--max-old-space-size=${heapMb}`,
  '--max-semi-space-size=16',
];

/** One service as a child process; it can be stopped, killed and started again at the same address. */
export class ServiceProcess {
  readonly #process: ServerProcess;
  #unregister: () => void = () => undefined;

  private constructor(readonly options: ServiceProcessOptions) {
    const {
      name,
      env,
      logFile,
      pidFile,
      heapMb = 128,
      entry = join(REPOSITORY_ROOT, 'dist', 'apps', name, 'src', 'main.js'),
    } = options;
    const { PATH = '', HOME = '' } = process.env;
    this.#process = new ServerProcess({
      name,
      command: process.execPath,
      args: [...heapLimits(heapMb), '--enable-source-maps', entry],
      env: { PATH, HOME, ...env },
      logFile,
      ...(pidFile === undefined ? {} : { pidFile }),
    });
  }

  /** See {@link startService}. */
  static async start(options: ServiceProcessOptions): Promise<ServiceProcess> {
    const service = new ServiceProcess(options);
    await service.start();
    return service;
  }

  get name(): string {
    return this.options.name;
  }

  get url(): string {
    return this.options.url;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#process.isRunning;
  }

  /** Resolves when the current process has ended: with its exit code, or null when a signal ended it. */
  get exited(): Promise<number | null> {
    return this.#process.exited;
  }

  /** The signal that ended the last process, or null: `SIGKILL` after a crash at a failpoint. */
  get signalCode(): NodeJS.Signals | null {
    return this.#process.signalCode;
  }

  /**
   * Starts the service again after {@link stop} or {@link kill}; `env` overrides single settings.
   * @throws {ServerFailedError} when the process ends before it is ready, or is not ready in time
   */
  async start(env: Record<string, string> = {}): Promise<void> {
    await this.#process.start(env);
    this.#unregister();
    this.#unregister = onShutdown(async () => void (await this.stop()));
    try {
      await this.#process.waitUntil(() => isReady(this.url), this.options.readyTimeoutMs ?? 60_000);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /**
   * Sends SIGTERM, and SIGKILL after `timeoutMs`.
   * @returns the exit code: 0 after a graceful shutdown, null when it was killed.
   */
  async stop(timeoutMs = 15_000): Promise<number | null> {
    const code = await this.#process.stop('SIGTERM', timeoutMs);
    this.#unregister();
    return code;
  }

  /** Sends SIGKILL and waits for the end of the process. */
  async kill(): Promise<void> {
    await this.#process.kill();
    this.#unregister();
  }

  async restart(env: Record<string, string> = {}): Promise<void> {
    await this.stop();
    await this.start(env);
  }

  /** The last lines of the service's log (default 25), for an error message. */
  lastLogLines(count?: number): Promise<string> {
    return this.#process.lastLogLines(count);
  }
}

/**
 * Starts a service from `dist` and waits until it is ready.
 *
 * @throws {ServerFailedError} with its last log lines, when it ends before it is ready, or is not ready in time.
 */
export function startService(options: ServiceProcessOptions): Promise<ServiceProcess> {
  return ServiceProcess.start(options);
}

async function isReady(url: string): Promise<boolean> {
  return request(`${url}/health/ready`, { timeoutMs: 2000 }).then(
    ({ status }) => status === 200,
    () => false,
  );
}
