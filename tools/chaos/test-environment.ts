import { Client } from 'pg';

import { type ProcessName, type ServiceName, serviceNames } from '../client/api-types.js';
import { ShopClient } from '../client/shop-client.js';
import { TokenSource } from '../client/token-source.js';
import { waitUntil } from '../client/wait-until.js';
import { freePort } from '../local/ports.js';
import { ServiceProcess } from '../local/service-process.js';
import type { LocalShop, Upstream } from '../local/shop.js';
import type { TcpProxy } from '../../libs/test-support/tcp-proxy.js';
import { callManagement } from '../provision/rabbitmq-management.js';
import { type EnvironmentParts, startParts, type TestEnvironmentOptions } from './environment-parts.js';
import type { OwnServers } from './environment-servers.js';
import type { LinkName } from './links.js';
import { SupervisedProcess } from './supervised-process.js';

/** The fields of `/health/ready` that {@link TestEnvironment.health} reads. */
interface HealthBody {
  readonly status?: string | number;
  readonly checks?: { readonly broker?: { readonly detail?: string } };
}

/** A broker that sends nothing is detected by the second missing heartbeat, after 20 to 30 s. */
const HEALTH_TIMEOUT_MS = 60_000;

/**
 * A running shop whose servers, processes and links can be stopped, disrupted and restored. Every service reaches its
 * database, broker and gateway through a link; the environment itself connects directly.
 */
export class TestEnvironment {
  /** Operator's and customer's view of the shop; bypasses the links. */
  readonly shop: ShopClient;
  /** Signs the tokens of clients. */
  readonly tokens: TokenSource;
  /** By name and replica number: `order 1`, `gateway-simulator`. */
  readonly processes = new Map<string, ServiceProcess>();
  /** The same processes with restarts; empty unless `restartCrashed`. */
  readonly supervised = new Map<string, SupervisedProcess>();
  private readonly databaseClients = new Map<ServiceName, Client>();

  constructor(private readonly parts: EnvironmentParts) {
    const { processes, accessKey } = parts.platform;
    this.tokens = new TokenSource(accessKey);
    for (const name of serviceNames) this.processes.set(`${name} 1`, processes[name]);
    this.processes.set('gateway-simulator', processes['gateway-simulator']);
    this.shop = this.createClient(processes.order.url);
  }

  /**
   * Starts servers if required, provisions a shop and waits until every process is ready.
   *
   * @throws ServerNotFoundError if own servers cannot be started, or external ones are configured
   * @throws ServerFailedError if a process does not become ready; everything started is stopped again
   */
  static async start<Environment extends TestEnvironment>(
    this: new (parts: EnvironmentParts) => Environment,
    options: TestEnvironmentOptions,
  ): Promise<Environment> {
    const environment = new this(await startParts(options));
    try {
      await environment.startReplicas(options.replicas ?? {});
    } catch (error) {
      await environment.close();
      throw error;
    }
    if (options.restartCrashed) environment.supervise();
    return environment;
  }

  /** The folder with the log files of processes and servers. */
  get folder(): string {
    return this.parts.servers.folder;
  }

  /** The servers of this environment. @throws Error for shared servers, which no fault may crash */
  get servers(): OwnServers {
    const { own } = this.parts.servers;
    if (own === undefined) throw new Error('shared servers must not be stopped');
    return own;
  }

  /** AMQP URL of the administrator, without links. */
  get rabbitmqUrl(): string {
    return this.parts.platform.rabbitmqUrl;
  }

  /** AMQP URL of each service's user, without links. */
  get brokerUrls(): LocalShop['brokerUrls'] {
    return this.parts.platform.brokerUrls;
  }

  /** PostgreSQL URLs of the administrator, without links. */
  get databaseUrls(): LocalShop['databaseUrls'] {
    return this.parts.platform.databaseUrls;
  }

  /** Input of the audit, without links. */
  get auditSources(): LocalShop['auditSources'] {
    return this.parts.platform.auditSources;
  }

  /** Base URL of each order replica; the first one leads through the link `client–order`. */
  get orderUrls(): readonly string[] {
    const replicas = [...this.processes].filter(([name]) => name.startsWith('order '));
    return [this.parts.linkedOrderUrl, ...replicas.slice(1).map(([, { url }]) => url)];
  }

  /** A client of the shop that places orders at one order replica. */
  createClient(orderUrl: string): ShopClient {
    const { order: _order, ...others } = this.parts.platform.processes;
    const urls = {
      order: orderUrl,
      inventory: others.inventory.url,
      payment: others.payment.url,
      'gateway-simulator': others['gateway-simulator'].url,
    };
    return new ShopClient(urls, this.tokens);
  }

  /** @throws Error for a process that was not started */
  process(name: ProcessName, replica = 1): ServiceProcess {
    const found = this.processes.get(name === 'gateway-simulator' ? name : `${name} ${replica}`);
    if (found === undefined) throw new Error(`there is no process ${name} ${replica}`);
    return found;
  }

  link(from: ServiceName, to: Upstream): TcpProxy {
    return this.linkNamed(`${from}–${to}` as LinkName);
  }

  linkNamed(name: LinkName): TcpProxy {
    return this.parts.links.get(name);
  }

  /** Starts one more replica of a service, on the same database, queues and links; `env` overrides its settings. */
  async startReplica(name: ServiceName, env: Record<string, string> = {}): Promise<ServiceProcess> {
    const port = await freePort();
    const replicas = [...this.processes.keys()].filter((known) => known.startsWith(`${name} `)).length;
    const { options } = this.process(name);
    const file = options.logFile.replace(/\.log$/, `-${replicas + 1}`);
    const replica = await ServiceProcess.start({
      name,
      url: `http://127.0.0.1:${port}`,
      env: { ...options.env, [`${name.toUpperCase()}_HTTP_PORT`]: String(port), ...env },
      logFile: `${file}.log`,
      pidFile: `${file}.pid`,
    });
    this.processes.set(`${name} ${replicas + 1}`, replica);
    return replica;
  }

  /** Runs one statement on a service's database as administrator. */
  async query<Row>(service: ServiceName, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    let client = this.databaseClients.get(service);
    if (client === undefined) {
      client = await this.openSession(service);
      client.on('error', () => this.databaseClients.delete(service));
      this.databaseClients.set(service, client);
    }
    return (await client.query(sql, [...values])).rows as Row[];
  }

  /** Opens a session on a service's database as administrator; the caller ends it. */
  async openSession(service: ServiceName): Promise<Client> {
    const client = new Client({ connectionString: this.databaseUrls[service] });
    client.on('error', () => {}); // the statement in progress rejects with the same error
    await client.connect();
    return client;
  }

  /** Calls the broker's management API; `:vhost` in `path` is replaced by the shop's. @throws ManagementError */
  callManagementApi<Body>(
    method: 'GET' | 'PUT' | 'DELETE' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<Body> {
    const vhost = new URL(this.rabbitmqUrl).pathname.slice(1);
    const { management } = this.parts.servers.brokerAccess;
    return callManagement(management!, method, path.replace(':vhost', vhost), body);
  }

  /** Readiness of a service with the detail of its broker check: `ok`, `degraded: not connected to the broker`, `503`. */
  async health(service: ServiceName): Promise<string> {
    const { body } = await this.shop.request<HealthBody>(service, 'GET', '/health/ready');
    const detail = body.checks?.broker?.detail;
    return detail === undefined ? (body.status?.toString() ?? 'unknown') : `${body.status}: ${detail}`;
  }

  /** Waits until each service reports `wanted` as its {@link health}. @throws WaitTimeoutError after 60 s */
  async waitForHealth(services: readonly ServiceName[], wanted: string): Promise<void> {
    for (const service of services)
      await waitUntil(
        `${service} ${wanted}`,
        () => this.health(service),
        (health) => health === wanted,
        { timeoutMs: HEALTH_TIMEOUT_MS },
      );
  }

  /** Disables restarts of crashed processes, so the environment can be ended by a signal. */
  stopRestarting(): void {
    for (const process of this.supervised.values()) process.stopRestarting();
  }

  /**
   * Ends every process (SIGTERM, after 15 s SIGKILL), closes links and connections, and ends own servers. Shared
   * servers keep running without the shop's databases, virtual host, roles and users.
   */
  async close(): Promise<void> {
    const { servers, platform, links } = this.parts;
    await Promise.all([...this.supervised.values()].map((process) => process.stop()));
    await Promise.all([...this.processes.values()].map((process) => process.stop()));
    for (const client of this.databaseClients.values()) await client.end().catch(() => {});
    await links.close();
    try {
      // Own servers end with their data, so dropping databases and a virtual host first only costs time.
      await (servers.own ? platform.brokerProxy.close() : platform.stop());
    } finally {
      await servers.stop();
    }
  }

  private async startReplicas(replicas: Partial<Record<ServiceName, number>>): Promise<void> {
    for (const name of serviceNames)
      for (let number = 2; number <= (replicas[name] ?? 1); number += 1) await this.startReplica(name);
  }

  private supervise(): void {
    for (const [name, process] of this.processes)
      this.supervised.set(name, new SupervisedProcess(name, process));
  }
}
