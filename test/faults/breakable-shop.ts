import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Client } from 'pg';
import { afterAll, beforeEach, expect, inject } from 'vitest';

import { audit } from '../../tools/audit/audit.js';
import { waitUntilQuiet } from '../../tools/audit/wait-until-idle.js';
import type { AuditSources } from '../../tools/audit/sources.js';
import { Journal, readJournal, toldIn } from '../../tools/chaos/journal.js';
import { Databases } from '../../tools/local/databases.js';
import { startInfrastructure } from '../../tools/local/servers.js';
import { type Platform, type PlatformOptions, startPlatform, type Upstream } from '../../tools/local/shop.js';
import { freePort } from '../../tools/local/ports.js';
import { callManagement } from '../../tools/provision/rabbitmq-management.js';
import { openRunFolder, removeRunFolder } from '../../tools/local/run-folder.js';
import type { ServerControl } from '../../tools/local/server-process.js';
import { Service } from '../../tools/local/service-process.js';
import { Shop } from '../../tools/client/shop-client.js';
import { TcpProxy } from '../../tools/local/tcp-proxy.js';
import { VirtualHosts } from '../../tools/local/virtual-hosts.js';
import { until } from '../../tools/client/wait-until.js';
import { Customers } from './customers.js';
import { watchInvariants } from './invariant-watch.js';
import { type DatabaseAccess, type BrokerAccess } from '../../tools/provision/access.js';
import { type ServiceName } from '../../tools/client/api-types.js';

export interface BreakableShopOptions {
  /** `own`: servers of this file alone, which it may crash. Default: those that all tests share. */
  readonly servers?: 'own' | 'shared';
  /** Further settings of its processes. */
  readonly env?: NonNullable<PlatformOptions['env']>;
}

/** The part of `/health/ready` that is looked at. */
interface Health {
  readonly status?: string | number;
  readonly checks?: { readonly broker?: { readonly detail?: string } };
}

export interface PlacedEvent {
  readonly id: string;
  readonly isPublished: boolean;
  readonly isSetAside: boolean;
}

/** A silent broker is noticed by the second heartbeat that is missing: after 20 to 30 s. */
const HEALTH_WITHIN_MS = 60_000;
const QUIET_WITHIN_MS = 60_000;
const NEEDS_OWN = 'crashes servers: needs its own, not given ones';

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
export class BreakableShop {
  readonly shop: Shop;
  readonly customers: Customers;
  /** What the audit reads, past all links. */
  readonly sources: AuditSources;
  private readonly journal: Journal;
  private readonly clients = new Map<ServiceName, Client>();
  private replicas = 1;
  /** False once it has not survived something. */
  private isWhole = true;

  private constructor(
    readonly platform: Platform,
    private readonly servers: Servers,
    private readonly links: ReadonlyMap<string, TcpProxy>,
  ) {
    const { processes, auditSources } = platform;
    this.shop = new Shop({
      order: processes.order.url,
      inventory: processes.inventory.url,
      payment: processes.payment.url,
      'gateway-simulator': processes['gateway-simulator'].url,
    });
    this.journal = new Journal(join(servers.folder, `journal-${randomBytes(4).toString('hex')}.jsonl`));
    this.customers = new Customers(processes.order.url, this.journal);
    this.sources = auditSources;
  }

  /** Call it while tests are collected. Everything ends after the file's last test. */
  static async open({
    servers: whose = 'shared',
    env = {},
  }: BreakableShopOptions = {}): Promise<BreakableShop> {
    const servers = whose === 'own' ? await ownServers() : await sharedServers();
    const links = new Map<string, TcpProxy>();
    const platform = await startPlatform({
      databases: new Databases(servers.databaseAccess),
      virtualHosts: new VirtualHosts(servers.brokerAccess),
      folder: servers.folder,
      name: `faults_${randomBytes(4).toString('hex')}`,
      env,
      route: async (url, from, to) => {
        const { hostname, port } = new URL(url);
        const link = await TcpProxy.listen({ host: hostname, port: Number(port) });
        links.set(`${from} ${to}`, link);
        return link.through(url);
      },
    }).catch(async (error: unknown) => {
      await servers.stop();
      throw error;
    });
    const opened = new BreakableShop(platform, servers, links);
    afterAll(() => opened.close());
    beforeEach(({ skip }) => {
      skip(whose === 'own' && servers.broker === undefined, NEEDS_OWN);
      skip(!opened.isWhole, 'the shop has not survived the test before');
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
  brokerCtl(...args: string[]): Promise<void> {
    return this.servers.ctl!(...args);
  }

  /** Calls the broker's management API; `:vhost` in `path` becomes the shop's. */
  manage<Answer>(method: 'GET' | 'PUT' | 'DELETE' | 'POST', path: string, body?: unknown): Promise<Answer> {
    const vhost = new URL(this.platform.rabbitmqUrl).pathname.slice(1);
    return callManagement(this.servers.brokerAccess.management!, method, path.replace(':vhost', vhost), body);
  }

  /** Rows of a service's own database. */
  async query<Row>(service: ServiceName, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    let client = this.clients.get(service);
    if (client === undefined) {
      client = await this.connect(service);
      client.on('error', () => this.clients.delete(service));
      this.clients.set(service, client);
    }
    return (await client.query(sql, [...values])).rows as Row[];
  }

  /** What the outbox has of the placing of these orders. */
  placedEvents(orderIds: readonly string[]): Promise<PlacedEvent[]> {
    return this.query(
      'order',
      `SELECT id, published_at IS NOT NULL AS "isPublished", set_aside_at IS NOT NULL AS "isSetAside"
       FROM outbox WHERE type = 'order.placed.v1' AND subject = ANY ($1) ORDER BY position`,
      [orderIds],
    );
  }

  /** A session of our own on a service's database, past the link. */
  async connect(service: ServiceName): Promise<Client> {
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
  async untilHealth(services: readonly ServiceName[], wanted: string): Promise<void> {
    for (const service of services)
      await until(
        `${service} ${wanted}`,
        () => this.health(service),
        (health) => health === wanted,
        { withinMs: HEALTH_WITHIN_MS },
      );
  }

  /** How many lines of a service's log have this message. */
  async countLogged(service: ServiceName, message: string): Promise<number> {
    const log = await readFile(this.platform.processes[service].options.logFile, 'utf8');
    return log.split(`"msg":"${message}`).length - 1;
  }

  /** One more process of a service, which shares its database and queues. */
  async startReplica(name: ServiceName, env: Record<string, string> = {}): Promise<Service> {
    const port = await freePort();
    const { options } = this.platform.processes[name];
    this.replicas += 1;
    const file = join(this.servers.folder, `${options.name}-${this.replicas}`);
    const replica = await Service.start({
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
  async survives<Result>(fault: () => Promise<Result>): Promise<Result> {
    this.isWhole = false;
    const result = await watchInvariants(this.sources, fault).catch(async (error: unknown) => {
      throw new Error(`the fault was not survived; ${await this.crashes()}`, { cause: error });
    });
    expect((await waitUntilQuiet(this.sources, QUIET_WITHIN_MS)).underWay).toEqual([]);
    const { accepted, unanswered, contradicted } = toldIn(readJournal(this.journal.path));
    expect({ unanswered, contradicted }).toEqual({ unanswered: [], contradicted: [] });
    const { invariants } = await audit(this.sources, { accepted: [...accepted, ...this.shop.accepted] });
    const violated = invariants.filter(({ holds }) => !holds);
    expect(violated.map(({ id, violations }) => ({ id, violations }))).toEqual([]);
    this.isWhole = true;
    return result;
  }

  /** The processes that have ended, with the end of their logs: a crash shows elsewhere as a mere reset connection. */
  private async crashes(): Promise<string> {
    const ended = Object.values(this.platform.processes).filter(({ isRunning }) => !isRunning);
    const logs = ended.map(async (process) => `${process.name} has ended:\n${await process.lastLogLines()}`);
    return ended.length === 0 ? 'all processes run' : (await Promise.all(logs)).join('\n');
  }

  private async close(): Promise<void> {
    this.journal.close();
    for (const client of this.clients.values()) await client.end().catch(() => {});
    await this.platform.stop();
    await Promise.all([...this.links.values()].map((link) => link.close()));
    await this.servers.stop();
  }
}

async function ownServers(): Promise<Servers> {
  const { postgres, rabbitmq, folder, stop } = await startInfrastructure({ report: () => {} });
  return {
    databaseAccess: postgres.access,
    brokerAccess: rabbitmq.access,
    postgres: postgres.server,
    broker: rabbitmq.server,
    ctl: rabbitmq.ctl,
    folder,
    stop,
  };
}

async function sharedServers(): Promise<Servers> {
  const run = await openRunFolder();
  return {
    databaseAccess: inject('databaseAccess'),
    brokerAccess: inject('brokerAccess'),
    folder: run.path,
    stop: () => removeRunFolder(run),
  };
}
