import { join } from 'node:path';

import { REPOSITORY_ROOT } from '../client/repository-root.js';
import { request } from '../client/http-request.js';
import { ServerProcess } from './server-process.js';
import { onShutdown } from './shutdown.js';

export interface ServiceProcessOptions {
  /** The app: `order`. */
  name: string;
  /** Where it will listen: `http://127.0.0.1:23000`. */
  url: string;
  /** Its configuration. Beside it the service sees `PATH` and `HOME`, and nothing else of our environment. */
  env: Record<string, string>;
  /** Its output is appended here. */
  logFile: string;
  /** The compiled file to run. Default: the app's main file in `dist`. */
  entry?: string;
  /** Where another run finds it if we are killed; see {@link ServerProcess}. */
  pidFile?: string;
  /** Default: 60,000, which only a machine under full load needs. */
  readyTimeoutMs?: number;
  /** How far the old generation of its heap may grow. Default: 128. */
  heapMb?: number;
  /** What else Node.js is told, before the program: `['--import', file]`. */
  nodeArguments?: readonly string[];
}

/**
 * A service's live data is some 40 MB. On a machine with much memory Node.js would still let garbage grow to several
 * times that before it collects; so it is told to stay small.
 */
const heapLimits = (heapMb: number): string[] => [
  `--max-old-space-size=${heapMb}`,
  '--max-semi-space-size=16',
];

/** A running service. */
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
      nodeArguments = [],
      entry = join(REPOSITORY_ROOT, 'dist', 'apps', name, 'src', 'main.js'),
    } = options;
    const { PATH = '', HOME = '' } = process.env;
    this.#process = new ServerProcess({
      name,
      command: process.execPath,
      args: [...heapLimits(heapMb), '--enable-source-maps', ...nodeArguments, entry],
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

  /** Settles when the process that runs now has ended: its exit code, or null when a signal ended it. */
  get exited(): Promise<number | null> {
    return this.#process.exited;
  }

  /** The signal that ended the process that ran last, if one did: `SIGKILL` where it crashed at a crash point. */
  get signalCode(): NodeJS.Signals | null {
    return this.#process.signalCode;
  }

  /** Starts it again after {@link stop} or {@link kill}, with other settings where `env` has some. */
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
   * SIGTERM, and SIGKILL if it has not ended by then.
   * @returns its exit code: 0 when it drained, null when it had to be killed.
   */
  async stop(timeoutMs = 15_000): Promise<number | null> {
    const code = await this.#process.stop('SIGTERM', timeoutMs);
    this.#unregister();
    return code;
  }

  /** SIGKILL: it gets to finish nothing. */
  async kill(): Promise<void> {
    await this.#process.kill();
    this.#unregister();
  }

  async restart(env: Record<string, string> = {}): Promise<void> {
    await this.stop();
    await this.start(env);
  }

  /** The end of its log, for a message about what went wrong. */
  lastLogLines(count?: number): Promise<string> {
    return this.#process.lastLogLines(count);
  }
}

/**
 * Starts a service from `dist`, and waits until it is ready.
 *
 * @throws {ServerFailedError} with its last log lines, when it ends before it is ready or takes too long.
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
