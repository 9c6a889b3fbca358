import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import { withFreePorts } from '../../tools/local/ports.js';
import type { AccessKey, Scope } from '#access';
import { ShopClient } from '../../tools/client/shop-client.js';
import { TokenSource } from '../../tools/client/token-source.js';
import { waitUntil } from '../../tools/client/wait-until.js';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout, stderr and the error of a program that could not start. */
  readonly output: string;
}

export interface ComposeOptions {
  /** The program and its first arguments. Default `['docker', 'compose']`. */
  readonly command?: readonly string[];
  /** Default `['docker-compose.yml']`. */
  readonly files?: readonly string[];
  /** Variables of the compose file. Default none. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder in which the commands run: a clone. Default: this clone. */
  readonly folder?: string;
}

/** The image of every project of a run; test/compose/build-image.ts builds it. */
export const IMAGE = 'order-processing:under-test';
/** Timeout of one command on a busy machine. */
const COMMAND_TIMEOUT_MS = 480_000;

/** Timeout until a container is healthy, its dependencies included. */
const HEALTHY_TIMEOUT_MS = 300_000;

/** A Compose project on free ports of this machine, run with the commands of the documentation. */
export class ComposeProject {
  readonly shop: ShopClient;
  private tokens: Promise<TokenSource> | undefined;

  private constructor(
    readonly project: string,
    private readonly options: ComposeOptions,
    readonly ports: Readonly<Record<string, string>>,
  ) {
    const at = (variable: string): string => `http://127.0.0.1:${ports[variable]}`;
    const urls = {
      order: at('ORDER_PORT'),
      inventory: at('INVENTORY_PORT'),
      payment: at('PAYMENT_PORT'),
      'gateway-simulator': at('GATEWAY_PORT'),
    };
    this.shop = new ShopClient(urls, { get: (sub, scopes) => this.getToken(sub, scopes) });
  }

  static async create(options: ComposeOptions = {}): Promise<ComposeProject> {
    const variables = [
      'ORDER_PORT',
      'INVENTORY_PORT',
      'PAYMENT_PORT',
      'GATEWAY_PORT',
      'POSTGRES_PORT',
      'RABBITMQ_PORT',
      'RABBITMQ_MANAGEMENT_PORT',
      'RABBITMQ_PROMETHEUS_PORT',
      'PROMETHEUS_PORT',
      'GRAFANA_PORT',
      'JAEGER_PORT',
      'RABBITMQ_TLS_PORT',
      'RABBITMQ_MANAGEMENT_TLS_PORT',
    ];
    const ports = await withFreePorts(variables.length, (free) =>
      Promise.resolve(Object.fromEntries(variables.map((name, index) => [name, String(free[index])]))),
    );
    return new ComposeProject(`shop${randomBytes(4).toString('hex')}`, options, ports);
  }

  /** The same project with further variables, or run from another clone. */
  withVariables(env: Readonly<Record<string, string>>, folder = this.folder): ComposeProject {
    return new ComposeProject(
      this.project,
      { ...this.options, env: { ...this.options.env, ...env }, folder },
      this.ports,
    );
  }

  /** Runs a command of Compose: `run('up', '-d')`. Never rejects: a failure has another exit code than 0. */
  async run(...args: readonly string[]): Promise<CommandResult> {
    const { command = ['docker', 'compose'], files = ['docker-compose.yml'] } = this.options;
    const [program = '', ...first] = command;
    const named = files.flatMap((file) => ['-f', file]);
    return execute(program, [...first, '-p', this.project, ...named, ...args], {
      env: this.environment,
      folder: this.folder,
    });
  }

  /** Like {@link run}. @returns stdout @throws Error with the output and the logs if the command fails */
  async runOrThrow(...args: readonly string[]): Promise<string> {
    const { code, stdout, output } = await this.run(...args);
    if (code !== 0) throw new Error(`${args.join(' ')}: exit code ${code}\n${output}\n${await this.logs()}`);
    return stdout;
  }

  /** Starts the project, waits until its first order is completed, and prints the seconds. `from` names the earlier state. */
  async up(from: string): Promise<void> {
    const startedAt = performance.now();
    await this.runOrThrow('up', '--detach', '--wait');
    console.log(`up, ${from}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  }

  /** The last 40 log lines of each service, or of these services. */
  async logs(...services: readonly string[]): Promise<string> {
    return (await this.run('logs', '--no-color', '--tail', '40', ...services)).output;
  }

  /** The ids of the containers of a service, stopped ones included. */
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

  /** A token that the private key of the operator's volume signs. */
  private async getToken(sub: string, scopes?: readonly Scope[]): Promise<string> {
    this.tokens ??= this.readTokenSource();
    return (await this.tokens).get(sub, scopes);
  }

  private async readTokenSource(): Promise<TokenSource> {
    const read = ['run', '--rm', '-T', '--entrypoint', 'cat', 'ops', '/run/secrets/shop/OPS_ACCESS_KEY'];
    const { stdout } = await this.run(...read);
    return new TokenSource(JSON.parse(stdout) as AccessKey);
  }

  /** Stops and deletes every container and volume, in any state of the project. */
  async remove(): Promise<void> {
    await this.run('--profile', 'tools', 'down', '--volumes', '--remove-orphans', '--timeout', '5');
  }

  private get folder(): string {
    return this.options.folder ?? REPOSITORY_ROOT;
  }

  private get environment(): NodeJS.ProcessEnv {
    const names = { COMPOSE_PROJECT_NAME: this.project, SHOP_IMAGE: IMAGE };
    return { ...process.env, PWD: this.folder, ...names, ...this.ports, ...this.options.env };
  }
}

/** Runs the Docker client. @returns stdout, trimmed @throws Error if it fails */
export async function docker(...args: readonly string[]): Promise<string> {
  const { code, stdout, output } = await execute('docker', args);
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: exit code ${code}\n${output}`);
  return stdout.trim();
}

export interface ExecuteOptions {
  /** Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** In ms. Default 480,000, for a busy machine. */
  readonly timeoutMs?: number;
  /** The working folder. Default: the repository root. */
  readonly folder?: string;
}

/** Runs a program. Never rejects: the exit code is -1 if the program cannot start or times out. */
export function execute(
  program: string,
  args: readonly string[],
  { env = process.env, timeoutMs = COMMAND_TIMEOUT_MS, folder: cwd = REPOSITORY_ROOT }: ExecuteOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const options = { cwd, env, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      const spawnError = error !== null && code === -1 ? error.message : '';
      resolve({ code, stdout, stderr, output: `${stdout}${stderr}${spawnError}` });
    });
  });
}
