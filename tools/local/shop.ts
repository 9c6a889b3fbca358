import { join } from 'node:path';

import { REPOSITORY_ROOT } from '../client/repository-root.js';
import type { Databases } from './databases.js';
import {
  BROKER_USERS,
  type ShopCredentials,
  generateCredentials,
  provisioningEnv,
  roleNames,
  ROLES,
} from '../provision/credentials.js';
import { freePort } from './ports.js';
import { ServerFailedError, ServerProcess } from './server-process.js';
import { ServiceProcess } from './service-process.js';
import { TcpProxy } from './tcp-proxy.js';
import type { VirtualHosts } from './virtual-hosts.js';
import { type ServiceName, type ProcessName, serviceNames } from '../client/api-types.js';

const DEFAULT_NAME = 'shop';

/** What a service connects to. */
export type Upstream = 'database' | 'broker' | 'gateway';

export interface LocalShopOptions {
  readonly databases: Databases;
  readonly virtualHosts: VirtualHosts;
  /** Where the processes log, and where another run finds them should we be killed. */
  readonly folder: string;
  /**
   * Part of the names of its databases, its virtual host, and its users and roles; two platforms of one run need two.
   * Without one databases are called `shop_…`, and users and roles after their services alone.
   */
  readonly name?: string;
  /** Whether services reach the broker past {@link LocalShop.brokerLink}. Default: false. */
  readonly isDirect?: boolean;
  /** Leads a service's way to one of its servers over another address, such as a link that can be broken. */
  readonly rewriteUrl?: (url: string, from: ServiceName, to: Upstream) => Promise<string>;
  /** Further settings by process: `{ order: { ORDER_DEADLINE_MS: '2000' } }`. */
  readonly env?: Partial<Record<ProcessName, Record<string, string>>>;
  /** How far the heaps of processes may grow, where the default is too little. */
  readonly heapMb?: Partial<Record<ProcessName, number>>;
  /** What else Node.js is told, by process: `{ order: ['--import', file] }`. */
  readonly nodeArguments?: Partial<Record<ProcessName, readonly string[]>>;
}

/** The whole shop, running: databases, a virtual host of its own, and four processes. */
export interface LocalShop {
  readonly processes: Readonly<Record<ProcessName, ServiceProcess>>;
  /** As the administrator of the database server, for what no service may: looking, and breaking things. */
  readonly databaseUrls: Readonly<Record<ServiceName, string>>;
  /** As the administrator of the broker, straight to it; the services go through {@link brokerLink}. */
  readonly rabbitmqUrl: string;
  /** As each of the services, straight to the broker. */
  readonly brokerUrls: Readonly<Record<ServiceName, string>>;
  /** What everybody else logs in with, straight to the servers. */
  readonly credentials: ShopCredentials;
  /** What the audit reads, as auditor and operator, who may do nothing but look. */
  readonly auditSources: {
    readonly databaseUrls: Readonly<Record<ServiceName, string>>;
    readonly gatewayUrl: string;
    readonly broker: { readonly url: string; readonly managementUrl: string | undefined };
  };
  /** The services' link to the broker: cut it, and for them the broker is away. */
  readonly brokerProxy: TcpProxy;
  /** Stops the processes and deletes databases, virtual host, roles and users. */
  stop(): Promise<void>;
}

/** Provisions databases and a virtual host, and starts all processes; resolves when all are ready, or leaves none running. */
export async function startLocalShop(options: LocalShopOptions): Promise<LocalShop> {
  const { databases, virtualHosts, name = DEFAULT_NAME } = options;
  const rabbitmqUrl = await virtualHosts.create(name);
  const databaseUrls = Object.fromEntries(
    serviceNames.map((service) => [service, databases.url(`${name}_${service}`)]),
  ) as Record<ServiceName, string>;
  const credentials = generateCredentials(options.name, {
    broker: virtualHosts.access,
    rabbitmqUrl,
    database: databases.access,
    databaseUrls,
  });
  const { hostname, port } = new URL(rabbitmqUrl);
  const brokerProxy = await TcpProxy.listen({ host: hostname, port: Number(port || 5672) });
  const environments = await buildProcessSettings(credentials, brokerProxy, options);
  const processes = await provision(credentials, options)
    .then(() => startProcesses(environments, options))
    .catch(async (error: unknown) => {
      await brokerProxy.close(); // it would keep this process alive
      throw error;
    });
  return {
    processes,
    databaseUrls,
    rabbitmqUrl,
    brokerUrls: credentials.brokerUrls,
    credentials,
    auditSources: {
      databaseUrls: credentials.auditorUrls,
      gatewayUrl: environments['gateway-simulator'].url,
      broker: { url: credentials.operatorRabbitmqUrl, managementUrl: virtualHosts.access.management?.url },
    },
    brokerProxy,
    stop: async () => {
      await Promise.all(Object.values(processes).map((process) => process.stop()));
      await brokerProxy.close();
      await removeResources(options);
    },
  };
}

/** All of them or none: when one does not start, the others are stopped. */
async function startProcesses(
  environments: Record<ProcessName, ProcessSettings>,
  { folder, name = DEFAULT_NAME, heapMb = {}, nodeArguments = {} }: LocalShopOptions,
): Promise<Record<ProcessName, ServiceProcess>> {
  const starting = Object.entries(environments).map(async ([process, { url, env }]) => {
    const file = join(folder, `${name}-${process}`);
    const options = { name: process, url, env, logFile: `${file}.log`, pidFile: `${file}.pid` };
    const limits = {
      heapMb: heapMb[process as ProcessName] ?? 128,
      nodeArguments: nodeArguments[process as ProcessName] ?? [],
    };
    return [process, await ServiceProcess.start({ ...options, ...limits })] as const;
  });
  const settled = await Promise.allSettled(starting);
  const started = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failure = settled.find((one) => one.status === 'rejected');
  if (failure) {
    await Promise.all(started.map(([, process]) => process.stop()));
    throw failure.reason;
  }
  return Object.fromEntries(started) as Record<ProcessName, ServiceProcess>;
}

async function removeResources({ databases, virtualHosts, name: own }: LocalShopOptions): Promise<void> {
  const name = own ?? DEFAULT_NAME;
  const role = roleNames(own, databases.access);
  const user = (party: string): string => (own === undefined ? party : `${own}-${party}`);
  await Promise.all([
    virtualHosts.drop(name).then(() => virtualHosts.dropUsers(BROKER_USERS.map(user))),
    Promise.all(serviceNames.map((service) => databases.drop(`${name}_${service}`))).then(() =>
      databases.dropRoles(ROLES.map(role)),
    ),
  ]);
}

interface ProcessSettings {
  readonly url: string;
  readonly env: Record<string, string>;
}

async function buildProcessSettings(
  credentials: ShopCredentials,
  brokerLink: TcpProxy,
  { env: more = {}, rewriteUrl = async (url) => url, isDirect = false }: LocalShopOptions,
): Promise<Record<ProcessName, ProcessSettings>> {
  const [orderPort, inventoryPort, paymentPort, gatewayPort] = await Promise.all([0, 1, 2, 3].map(freePort));
  const gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
  const service = async (
    prefix: string,
    name: ServiceName,
    port = 0,
    further: Record<string, string> = {},
  ): Promise<ProcessSettings> => {
    const own = credentials.brokerUrls[name];
    const broker = isDirect ? own : brokerLink.rewriteUrl(own);
    return {
      url: `http://127.0.0.1:${port}`,
      env: {
        [`${prefix}_DATABASE_URL`]: await rewriteUrl(credentials.databaseUrls[name], name, 'database'),
        [`${prefix}_RABBITMQ_URL`]: await rewriteUrl(broker, name, 'broker'),
        [`${prefix}_HTTP_PORT`]: String(port),
        ...further,
        ...more[name],
      },
    };
  };
  return {
    order: await service('ORDER', 'order', orderPort),
    inventory: await service('INVENTORY', 'inventory', inventoryPort),
    payment: await service('PAYMENT', 'payment', paymentPort, {
      PAYMENT_GATEWAY_URL: await rewriteUrl(gatewayUrl, 'payment', 'gateway'),
    }),
    'gateway-simulator': {
      url: gatewayUrl,
      env: { GATEWAY_HTTP_PORT: String(gatewayPort), ...more['gateway-simulator'] },
    },
  };
}

/**
 * Runs the same program that a deployment runs. It ends with us, and so do the programs that it runs itself.
 *
 * @throws {ServerFailedError} with its last lines
 */
async function provision(
  credentials: ShopCredentials,
  { databases, virtualHosts, folder, name = DEFAULT_NAME }: LocalShopOptions,
): Promise<void> {
  const { PATH = '', HOME = '' } = process.env;
  const program = new ServerProcess({
    name: 'provisioning',
    command: process.execPath,
    args: ['--enable-source-maps', join(REPOSITORY_ROOT, 'dist', 'tools', 'provision', 'main.js')],
    env: {
      PATH,
      HOME,
      ...provisioningEnv(credentials, databases.access, virtualHosts.access),
    },
    logFile: join(folder, `${name}-provision.log`),
  });
  await program.start();
  if ((await program.exited) !== 0) {
    throw new ServerFailedError(`provisioning failed\n${await program.lastLogLines()}`);
  }
}
