import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import { withFreePorts } from '../../tools/local/ports.js';
import { ShopClient } from '../../tools/client/shop-client.js';
import { waitUntil } from '../../tools/client/wait-until.js';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What a terminal would have shown. */
  readonly output: string;
}

export interface ComposeOptions {
  /** `docker compose` unless said otherwise: `['docker-compose']`. */
  readonly command?: readonly string[];
  /** `docker-compose.yml` alone unless said otherwise. */
  readonly files?: readonly string[];
  /** Variables of the compose file. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The image that all projects of a run are started from; test/compose/build-image.ts builds it. */
export const IMAGE = 'order-processing:under-test';
/** Longest one command may take on a busy machine. */
const COMMAND_TIMEOUT_MS = 480_000;

/** Longest a container may take to become healthy, with all that it waits for. */
const HEALTHY_TIMEOUT_MS = 300_000;

/** One project of Compose, on free ports of this machine, as whoever types the commands sees it. */
export class ComposeProject {
  readonly shop: ShopClient;

  private constructor(
    readonly project: string,
    private readonly options: ComposeOptions,
    readonly ports: Readonly<Record<string, string>>,
  ) {
    const at = (variable: string): string => `http://127.0.0.1:${ports[variable]}`;
    this.shop = new ShopClient({
      order: at('ORDER_PORT'),
      inventory: at('INVENTORY_PORT'),
      payment: at('PAYMENT_PORT'),
      'gateway-simulator': at('GATEWAY_PORT'),
    });
  }

  static async create(options: ComposeOptions = {}): Promise<ComposeProject> {
    const single = [
      'ORDER_PORT',
      'INVENTORY_PORT',
      'PAYMENT_PORT',
      'GATEWAY_PORT',
      'POSTGRES_PORT',
      'RABBITMQ_PORT',
      'RABBITMQ_MANAGEMENT_PORT',
      'RABBITMQ_PROMETHEUS_PORT',
      'RABBITMQ_TLS_PORT',
      'RABBITMQ_MANAGEMENT_TLS_PORT',
    ];
    const ports = await withFreePorts(single.length, (free) =>
      Promise.resolve(Object.fromEntries(single.map((name, index) => [name, String(free[index])]))),
    );
    return new ComposeProject(`shop${randomBytes(4).toString('hex')}`, options, ports);
  }

  /** The same project, started with other variables. */
  withVariables(env: Readonly<Record<string, string>>): ComposeProject {
    return new ComposeProject(
      this.project,
      { ...this.options, env: { ...this.options.env, ...env } },
      this.ports,
    );
  }

  /** Any command of Compose: `run('up', '-d')`. Never throws; what went wrong is in the answer. */
  async run(...args: readonly string[]): Promise<CommandResult> {
    const { command = ['docker', 'compose'], files = ['docker-compose.yml'] } = this.options;
    const [program = '', ...first] = command;
    const named = files.flatMap((file) => ['-f', file]);
    return execute(program, [...first, '-p', this.project, ...named, ...args], this.environment);
  }

  /** As {@link run}. @throws Error when it fails, with all that was shown */
  async runOrThrow(...args: readonly string[]): Promise<string> {
    const { code, stdout, output } = await this.run(...args);
    if (code !== 0) throw new Error(`${args.join(' ')}: exit code ${code}\n${output}\n${await this.logs()}`);
    return stdout;
  }

  /** Starts it and waits until its first order is completed; says how long that took, `from` which state. */
  async up(from: string): Promise<void> {
    const startedAt = performance.now();
    await this.runOrThrow('up', '--detach', '--wait');
    console.log(`up, ${from}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  }

  /** What the shop's programs have said, for the message of a test that fails. */
  async logs(...services: readonly string[]): Promise<string> {
    return (await this.run('logs', '--no-color', '--tail', '40', ...services)).output;
  }

  /** The containers of a service, running or not. */
  async containerIds(service: string): Promise<string[]> {
    const filters = [`project=${this.project}`, `service=${service}`];
    const found = await docker(
      'ps',
      '--all',
      '--quiet',
      '--no-trunc',
      ...filters.flatMap((filter) => ['--filter', `label=com.docker.compose.${filter}`]),
    );
    return found.split('\n').filter((id) => id !== '');
  }

  /** Waits until the container of a service is healthy; Compose 1.29 has no `up --wait`. */
  async waitUntilHealthy(service: string): Promise<void> {
    const [id = ''] = await this.containerIds(service);
    const health = (): Promise<string> => docker('inspect', '--format', '{{.State.Health.Status}}', id);
    await waitUntil(`${service} is healthy`, health, (status) => status === 'healthy', {
      timeoutMs: HEALTHY_TIMEOUT_MS,
    });
  }

  /** Ends it with all its data, whatever state it is in. */
  async remove(): Promise<void> {
    await this.run('--profile', 'tools', 'down', '--volumes', '--remove-orphans', '--timeout', '5');
  }

  private get environment(): NodeJS.ProcessEnv {
    return { ...process.env, SHOP_IMAGE: IMAGE, ...this.ports, ...this.options.env };
  }
}

/** The Docker client. @throws Error when it fails */
export async function docker(...args: readonly string[]): Promise<string> {
  const { code, stdout, output } = await execute('docker', args, process.env);
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: exit code ${code}\n${output}`);
  return stdout.trim();
}

export function execute(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  withinMs = COMMAND_TIMEOUT_MS,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const options = { cwd: REPOSITORY_ROOT, env, timeout: withinMs, maxBuffer: 64 * 1024 * 1024 };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      const spawnError = error !== null && code === -1 ? error.message : '';
      resolve({ code, stdout, stderr, output: `${stdout}${stderr}${spawnError}` });
    });
  });
}
