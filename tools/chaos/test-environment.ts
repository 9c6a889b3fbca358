import { join } from 'node:path';

import type { AuditSources } from '../audit/sources.js';
import { type LocalServers, startLocalServers } from '../local/servers.js';
import { type LocalShop, type LocalShopOptions, startLocalShop } from '../local/shop.js';
import { freePort } from '../local/ports.js';
import type { ServerControl } from '../local/server-process.js';
import { ServiceProcess } from '../local/service-process.js';
import { ShopClient } from '../client/shop-client.js';
import { TcpProxy } from '../local/tcp-proxy.js';
import { ServerNotFoundError } from '../local/server-not-found.js';
import { linkNames, type LinkName, type Plan } from './plan.js';
import { SupervisedProcess } from './supervised-process.js';
import { type ServiceName, serviceNames } from '../client/api-types.js';

/** Short, so that two minutes see what hours would: orders that time out, and gateway answers that do not come. */
const env: NonNullable<LocalShopOptions['env']> = {
  order: { ORDER_DEADLINE_MS: '20000' },
  payment: { PAYMENT_GATEWAY_TIMEOUT_MS: '1000' },
};

/** The servers of this run alone, which it may crash. */
export interface Servers {
  readonly postgres: ServerControl;
  readonly broker: ServerControl;
  /** The broker's own `rabbitmqctl`. */
  readonly brokerCtl: (...args: string[]) => Promise<void>;
  /** PostgreSQL, as the administrator. */
  readonly adminUrl: string;
}

/** The shop with everything about it that can be broken. */
export class TestEnvironment {
  private constructor(
    private readonly infrastructure: LocalServers,
    private readonly platform: LocalShop,
    readonly servers: Servers,
    /** By name and number: `order 1`, `gateway-simulator`. */
    readonly processes: ReadonlyMap<string, SupervisedProcess>,
    readonly links: ReadonlyMap<LinkName, TcpProxy>,
    /** Where orders are placed: each replica, the first by way of a link. */
    readonly orderUrls: readonly string[],
  ) {}

  /** @throws ServerNotFoundError where servers are given that others may use too */
  static async start({ replicas }: Plan, report: (line: string) => void): Promise<TestEnvironment> {
    if (process.env['POSTGRES_URL'] || process.env['RABBITMQ_URL'])
      throw new ServerNotFoundError(
        'This crashes servers, so it needs its own: run it without POSTGRES_URL and RABBITMQ_URL.',
      );
    const infrastructure = await startLocalServers({ report });
    try {
      const links = new Map<LinkName, TcpProxy>();
      const platform = await startPlatformThroughLinks(infrastructure, links);
      const order = platform.processes.order;
      links.set('client–order', await openLink(order.url));
      const processes = await superviseProcesses(platform, replicas, infrastructure.folder);
      const orderUrls = [...processes]
        .filter(([name]) => name.startsWith('order '))
        .map(([, { url }]) => (url === order.url ? throughLink(links, 'client–order', url) : url));
      return new TestEnvironment(
        infrastructure,
        platform,
        requireOwnServers(infrastructure),
        processes,
        links,
        orderUrls,
      );
    } catch (error) {
      await infrastructure.stop();
      throw error;
    }
  }

  /** Straight to the broker. */
  get rabbitmqUrl(): string {
    return this.platform.rabbitmqUrl;
  }

  get databaseUrls(): LocalShop['databaseUrls'] {
    return this.platform.databaseUrls;
  }

  /** Where all processes and servers log. */
  get folder(): string {
    return this.infrastructure.folder;
  }

  /** The shop as an operator reaches it, past the links. */
  get shop(): ShopClient {
    const { processes } = this.platform;
    return new ShopClient({
      order: processes.order.url,
      inventory: processes.inventory.url,
      payment: processes.payment.url,
      'gateway-simulator': processes['gateway-simulator'].url,
    });
  }

  /** What the audit reads, past the links. */
  get auditSources(): AuditSources {
    return this.platform.auditSources;
  }

  /** Starts nothing again from now on: somebody wants this to end. */
  stopRestarting(): void {
    for (const process of this.processes.values()) process.stopRestarting();
  }

  async close(): Promise<void> {
    this.stopRestarting();
    await Promise.all([...this.processes.values()].map((process) => process.stop()));
    await Promise.all([...this.links.values()].map((link) => link.close()));
    try {
      await this.platform.stop();
    } finally {
      await this.infrastructure.stop();
    }
  }
}

function startPlatformThroughLinks(
  { postgres, rabbitmq, folder }: LocalServers,
  links: Map<LinkName, TcpProxy>,
): Promise<LocalShop> {
  return startLocalShop({
    databases: postgres.databases,
    virtualHosts: rabbitmq.virtualHosts,
    folder,
    // Its books must outlive it when it is killed.
    env: { ...env, 'gateway-simulator': { GATEWAY_LEDGER_FILE: join(folder, 'ledger.jsonl') } },
    rewriteUrl: async (url, from, to) => {
      const name = linkNames.find((known) => known === `${from}–${to}`)!;
      links.set(name, await openLink(url));
      return throughLink(links, name, url);
    },
  });
}

async function superviseProcesses(
  { processes }: LocalShop,
  replicas: Plan['replicas'],
  folder: string,
): Promise<Map<string, SupervisedProcess>> {
  const supervised = new Map<string, SupervisedProcess>();
  supervised.set(
    'gateway-simulator',
    new SupervisedProcess('gateway-simulator', processes['gateway-simulator']),
  );
  for (const name of serviceNames) {
    supervised.set(`${name} 1`, new SupervisedProcess(`${name} 1`, processes[name]));
    for (let number = 2; number <= replicas[name]; number += 1) {
      const replica = await startReplica(processes[name], name, number, folder);
      supervised.set(`${name} ${number}`, new SupervisedProcess(`${name} ${number}`, replica));
    }
  }
  return supervised;
}

async function startReplica(
  { options }: ServiceProcess,
  name: ServiceName,
  number: number,
  folder: string,
): Promise<ServiceProcess> {
  const port = await freePort();
  return ServiceProcess.start({
    name,
    url: `http://127.0.0.1:${port}`,
    env: { ...options.env, [`${name.toUpperCase()}_HTTP_PORT`]: String(port) },
    logFile: join(folder, `shop-${name}-${number}.log`),
    pidFile: join(folder, `shop-${name}-${number}.pid`),
  });
}

function requireOwnServers({ postgres, rabbitmq }: LocalServers): Servers {
  const { server, rabbitmqctl } = rabbitmq;
  if (postgres.server === undefined || server === undefined || rabbitmqctl === undefined)
    throw new Error('servers of our own can be crashed');
  return {
    postgres: postgres.server,
    broker: server,
    brokerCtl: rabbitmqctl,
    adminUrl: postgres.access.adminUrl,
  };
}

function openLink(url: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(url);
  return TcpProxy.listen({ host: hostname, port: Number(port) });
}

function throughLink(links: ReadonlyMap<LinkName, TcpProxy>, name: LinkName, url: string): string {
  return links.get(name)!.rewriteUrl(url).replace(/\/$/, '');
}
