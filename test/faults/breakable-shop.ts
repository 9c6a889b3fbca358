import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Client } from 'pg';
import { afterAll, beforeEach, expect, inject } from 'vitest';

import { audit } from '../../tools/audit/audit.js';
import { waitUntilIdle } from '../../tools/audit/wait-until-idle.js';
import type { AuditSources } from '../../tools/audit/sources.js';
import { Journal, readJournal, summarizeJournal } from '../../tools/chaos/journal.js';
import { Databases } from '../../tools/local/databases.js';
import { startLocalServers } from '../../tools/local/servers.js';
import {
  type LocalShop,
  type LocalShopOptions,
  startLocalShop,
  type Upstream,
} from '../../tools/local/shop.js';
import { freePort } from '../../tools/local/ports.js';
import { callManagement } from '../../tools/provision/rabbitmq-management.js';
import { createRunFolder, removeRunFolder } from '../../tools/local/run-folder.js';
import type { ServerControl } from '../../tools/local/server-process.js';
import { ServiceProcess } from '../../tools/local/service-process.js';
import { ShopClient } from '../../tools/client/shop-client.js';
import { TcpProxy } from '../../tools/local/tcp-proxy.js';
import { VirtualHosts } from '../../tools/local/virtual-hosts.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { JournaledClients } from './customers.js';
import { auditDuring } from './invariant-watch.js';
import { type DatabaseAccess, type BrokerAccess } from '../../tools/provision/access.js';
import { type ServiceName } from '../../tools/client/api-types.js';

export interface FaultEnvironmentOptions {
  /** `own`: servers of this file alone, which it may crash. Default: those that all tests share. */
  readonly servers?: 'own' | 'shared';
  /** Further settings of its processes. */
  readonly env?: NonNullable<LocalShopOptions['env']>;
}

/** The part of `/health/ready` that is looked at. */
interface Health {
  readonly status?: string | number;
  readonly checks?: { readonly broker?: { readonly detail?: string } };
}

export interface PlacedEventState {
  readonly id: string;
  readonly isPublished: boolean;
  readonly isParked: boolean;
}

/** A silent broker is noticed by the second heartbeat that is missing: after 20 to 30 s. */
const HEALTH_TIMEOUT_MS = 60_000;
const IDLE_TIMEOUT_MS = 60_000;
const NEEDS_OWN_SERVERS = 'crashes servers: needs its own, not given ones';

interface Servers {
  readonly databaseAccess: DatabaseAccess;
  readonly brokerAccess: BrokerAccess;
  readonly postgres?: ServerControl | undefined;
  readonly broker?: ServerControl | undefined;
  readonly ctl?: ((...args: string[]) => Promise<void>) | undefined;
  readonly folder: string;
  readonly stop: () => Promise<void>;
}

/** A shop of one file alone, with everything about it that can be broken, and what must hold whatever is. */
export class FaultEnvironment {
  readonly shop: ShopClient;
  readonly clients: JournaledClients;
  /** What the audit reads, past all links. */
  readonly auditSources: AuditSources;
  private readonly journal: Journal;
  private readonly databaseClients = new Map<ServiceName, Client>();
  private replicas = 1;
  /** False once it has not survived something. */
  private isUsable = true;

  private constructor(
    readonly platform: LocalShop,
    private readonly servers: Servers,
    private readonly links: ReadonlyMap<string, TcpProxy>,
  ) {
    const { processes, auditSources } = platform;
    this.shop = new ShopClient({
      order: processes.order.url,
      inventory: processes.inventory.url,
      payment: processes.payment.url,
      'gateway-simulator': processes['gateway-simulator'].url,
    });
    this.journal = new Journal(join(servers.folder, `journal-${randomBytes(4).toString('hex')}.jsonl`));
    this.clients = new JournaledClients(processes.order.url, this.journal);
    this.auditSources = auditSources;
  }

  /** Call it while tests are collected. Everything ends after the file's last test. */
  static async start({
    servers: whose = 'shared',
    env = {},
  }: FaultEnvironmentOptions = {}): Promise<FaultEnvironment> {
    const servers = whose === 'own' ? await startOwnServers() : await openSharedServers();
    const links = new Map<string, TcpProxy>();
    const platform = await startLocalShop({
      databases: new Databases(servers.databaseAccess),
      virtualHosts: new VirtualHosts(servers.brokerAccess),
      folder: servers.folder,
      name: `faults_${randomBytes(4).toString('hex')}`,
      env,
      rewriteUrl: async (url, from, to) => {
        const { hostname, port } = new URL(url);
        const link = await TcpProxy.listen({ host: hostname, port: Number(port) });
        links.set(`${from} ${to}`, link);
        return link.rewriteUrl(url);
      },
    }).catch(async (error: unknown) => {
      await servers.stop();
      throw error;
    });
    const opened = new FaultEnvironment(platform, servers, links);
    afterAll(() => opened.close());
    beforeEach(({ skip }) => {
      skip(whose === 'own' && servers.broker === undefined, NEEDS_OWN_SERVERS);
      skip(!opened.isUsable, 'the shop has not survived the test before');
    });
    return opened;
  }

  /** The link between a service and what it connects to. */
  link(service: ServiceName, upstream: Upstream): TcpProxy {
    return this.links.get(`${service} ${upstream}`)!;
  }

  /** Only with servers of its own. */
  get postgres(): ServerControl {
    return this.servers.postgres!;
  }

  /** Only with servers of its own. */
  get broker(): ServerControl {
    return this.servers.broker!;
  }

  /** `rabbitmqctl`; only with servers of its own. */
  rabbitmqctl(...args: string[]): Promise<void> {
    return this.servers.ctl!(...args);
  }

  /** Calls the broker's management API; `:vhost` in `path` becomes the shop's. */
  callManagementApi<Answer>(
    method: 'GET' | 'PUT' | 'DELETE' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<Answer> {
    const vhost = new URL(this.platform.rabbitmqUrl).pathname.slice(1);
    return callManagement(this.servers.brokerAccess.management!, method, path.replace(':vhost', vhost), body);
  }

  /** Rows of a service's own database. */
  async query<Row>(service: ServiceName, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    let client = this.databaseClients.get(service);
    if (client === undefined) {
      client = await this.openSession(service);
      client.on('error', () => this.databaseClients.delete(service));
      this.databaseClients.set(service, client);
    }
    return (await client.query(sql, [...values])).rows as Row[];
  }

  /** What the outbox has of the placing of these orders. */
  placedEvents(orderIds: readonly string[]): Promise<PlacedEventState[]> {
    return this.query(
      'order',
      `SELECT id, published_at IS NOT NULL AS "isPublished", parked_at IS NOT NULL AS "isSetAside"
       FROM outbox WHERE type = 'order.placed.v1' AND subject = ANY ($1) ORDER BY position`,
      [orderIds],
    );
  }

  /** A session of our own on a service's database, past the link. */
  async openSession(service: ServiceName): Promise<Client> {
    const client = new Client({ connectionString: this.platform.databaseUrls[service] });
    client.on('error', () => {}); // also rejects the statement under way
    await client.connect();
    return client;
  }

  /** What a service says of itself, and of its broker: `ok`, `degraded: not connected to the broker`. */
  async health(service: ServiceName): Promise<string> {
    const path = '/health/ready';
    const { body } = await this.shop.request<Health>(service, 'GET', path);
    const detail = body.checks?.broker?.detail;
    return detail === undefined ? (body.status?.toString() ?? 'unknown') : `${body.status}: ${detail}`;
  }

  /** Waits until these services say so of themselves. */
  async waitForHealth(services: readonly ServiceName[], wanted: string): Promise<void> {
    for (const service of services)
      await waitUntil(
        `${service} ${wanted}`,
        () => this.health(service),
        (health) => health === wanted,
        { timeoutMs: HEALTH_TIMEOUT_MS },
      );
  }

  /** How many lines of a service's log have this message. */
  async countLogLines(service: ServiceName, message: string): Promise<number> {
    const log = await readFile(this.platform.processes[service].options.logFile, 'utf8');
    return log.split(`"msg":"${message}`).length - 1;
  }

  /** One more process of a service, which shares its database and queues. */
  async startReplica(name: ServiceName, env: Record<string, string> = {}): Promise<ServiceProcess> {
    const port = await freePort();
    const { options } = this.platform.processes[name];
    this.replicas += 1;
    const file = join(this.servers.folder, `${options.name}-${this.replicas}`);
    const replica = await ServiceProcess.start({
      name,
      url: `http://127.0.0.1:${port}`,
      env: { ...options.env, [`${name.toUpperCase()}_HTTP_PORT`]: String(port), ...env },
      logFile: `${file}.log`,
      pidFile: `${file}.pid`,
    });
    afterAll(() => replica.stop());
    return replica;
  }

  /**
   * The pass criteria of every fault: while `fault` happens all S invariants hold; then everything comes to rest in
   * bounded time, every order that a customer was told was accepted has ended, and all invariants hold.
   */
  async assertSurvives<Result>(fault: () => Promise<Result>): Promise<Result> {
    this.isUsable = false;
    const result = await auditDuring(this.auditSources, fault).catch(async (error: unknown) => {
      throw new Error(`the fault was not survived; ${await this.describeCrashes()}`, { cause: error });
    });
    expect((await waitUntilIdle(this.auditSources, IDLE_TIMEOUT_MS)).pending).toEqual([]);
    const { accepted, neverAccepted, keysWithTwoOrders } = summarizeJournal(readJournal(this.journal.path));
    expect({ unanswered: neverAccepted, contradicted: keysWithTwoOrders }).toEqual({
      unanswered: [],
      contradicted: [],
    });
    const { invariants } = await audit(this.auditSources, {
      acceptedIds: [...accepted, ...this.shop.acceptedIds],
    });
    const violated = invariants.filter(({ holds }) => !holds);
    expect(violated.map(({ id, violations }) => ({ id, violations }))).toEqual([]);
    this.isUsable = true;
    return result;
  }

  /** The processes that have ended, with the end of their logs: a crash shows elsewhere as a mere reset connection. */
  private async describeCrashes(): Promise<string> {
    const ended = Object.values(this.platform.processes).filter(({ isRunning }) => !isRunning);
    const logs = ended.map(async (process) => `${process.name} has ended:\n${await process.lastLogLines()}`);
    return ended.length === 0 ? 'all processes run' : (await Promise.all(logs)).join('\n');
  }

  private async close(): Promise<void> {
    this.journal.close();
    for (const client of this.databaseClients.values()) await client.end().catch(() => {});
    await this.platform.stop();
    await Promise.all([...this.links.values()].map((link) => link.close()));
    await this.servers.stop();
  }
}

async function startOwnServers(): Promise<Servers> {
  const { postgres, rabbitmq, folder, stop } = await startLocalServers({ report: () => {} });
  return {
    databaseAccess: postgres.access,
    brokerAccess: rabbitmq.access,
    postgres: postgres.server,
    broker: rabbitmq.server,
    ctl: rabbitmq.rabbitmqctl,
    folder,
    stop,
  };
}

async function openSharedServers(): Promise<Servers> {
  const run = await createRunFolder();
  return {
    databaseAccess: inject('databaseAccess'),
    brokerAccess: inject('brokerAccess'),
    folder: run.path,
    stop: () => removeRunFolder(run),
  };
}
