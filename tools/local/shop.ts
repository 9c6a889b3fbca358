import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type AccessKey, generateAccessKey, toJwks } from '#access';

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
import { TcpProxy } from '../../libs/test-support/tcp-proxy.js';
import type { VirtualHosts } from './virtual-hosts.js';
import { type ServiceName, type ProcessName, serviceNames } from '../client/api-types.js';

const DEFAULT_NAME = 'shop';

/** The servers that a service connects to. */
export type Upstream = 'database' | 'broker' | 'gateway';

export interface LocalShopOptions {
  readonly databases: Databases;
  readonly virtualHosts: VirtualHosts;
  /** The folder for the processes' logs and pid files; the next run ends processes found there. Required. */
  readonly folder: string;
  /**
   * Part of the names of the shop's databases, virtual host, users and roles; two shops of one run need two names.
   * Default: databases are named `shop_…`, and users and roles after their services alone.
   */
  readonly name?: string;
  /** Whether services connect to the broker directly, not through {@link LocalShop.brokerProxy}. Default: false. */
  readonly isDirect?: boolean;
  /** Replaces the URL a service uses for an upstream, for example with a fault-injecting proxy. Default: unchanged. */
  readonly rewriteUrl?: (url: string, from: ServiceName, to: Upstream) => Promise<string>;
  /** Further settings by process: `{ order: { ORDER_DEADLINE_MS: '2000' } }`. Default: none. */
  readonly env?: Partial<Record<ProcessName, Record<string, string>>>;
  /** Heap limit by process, in MB. Default: 128. */
  readonly heapMb?: Partial<Record<ProcessName, number>>;
}

/** A running shop: three databases, a virtual host and four processes. */
export interface LocalShop {
  readonly processes: Readonly<Record<ProcessName, ServiceProcess>>;
  /** The databases as the server's administrator, for inspection and fault injection. */
  readonly databaseUrls: Readonly<Record<ServiceName, string>>;
  /** The broker as its administrator, directly; the services connect through {@link brokerProxy}. */
  readonly rabbitmqUrl: string;
  /** The broker as each service's user, directly. */
  readonly brokerUrls: Readonly<Record<ServiceName, string>>;
  /** The credentials of all services, owners, auditors and operators, for direct connections. */
  readonly credentials: ShopCredentials;
  /** Signs the tokens that the services accept. */
  readonly accessKey: AccessKey;
  /** The audit's sources, with the read-only roles auditor and operator. */
  readonly auditSources: {
    readonly databaseUrls: Readonly<Record<ServiceName, string>>;
    readonly gatewayUrl: string;
    readonly broker: { readonly url: string; readonly managementUrl: string | undefined };
  };
  /** The services' connection to the broker; cutting it makes the broker unavailable to them. */
  readonly brokerProxy: TcpProxy;
  /** Stops the processes, then deletes databases, virtual host, roles and users. */
  stop(): Promise<void>;
}

/**
 * Provisions databases and a virtual host, then starts all processes. Resolves when all are ready.
 * @throws {ServerFailedError} when provisioning fails or a process does not start; no process is left running
 */
export async function startLocalShop(options: LocalShopOptions): Promise<LocalShop> {
  const { databases, virtualHosts, name = DEFAULT_NAME } = options;
  const rabbitmqUrl = await virtualHosts.create(name);
  const databaseUrls = listDatabaseUrls(databases, name);
  const credentials = generateCredentials(options.name, {
    broker: virtualHosts.access,
    rabbitmqUrl,
    database: databases.access,
    databaseUrls,
  });
  const { hostname, port } = new URL(rabbitmqUrl);
  const brokerProxy = await TcpProxy.listen({ host: hostname, port: Number(port || 5672) });
  const { accessKey, jwksFile } = await createAccessKey(options);
  const environments = await buildProcessSettings(credentials, { brokerProxy, jwksFile }, options);
  const processes = await provision(credentials, options)
    .then(() => startProcesses(environments, options))
    .catch(async (error: unknown) => {
      await brokerProxy.close(); // an open proxy keeps this process running
      throw error;
    });
  return {
    processes,
    databaseUrls,
    rabbitmqUrl,
    brokerUrls: credentials.brokerUrls,
    credentials,
    accessKey,
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

function listDatabaseUrls(databases: Databases, name: string): Record<ServiceName, string> {
  return Object.fromEntries(
    serviceNames.map((service) => [service, databases.url(`${name}_${service}`)]),
  ) as Record<ServiceName, string>;
}

/** A key pair for this shop: the private key stays in this process, the services read the public one. */
async function createAccessKey({ folder, name = DEFAULT_NAME }: LocalShopOptions) {
  const accessKey = generateAccessKey();
  const jwksFile = join(folder, `${name}-jwks.json`);
  await writeFile(jwksFile, JSON.stringify(toJwks([accessKey])));
  return { accessKey, jwksFile };
}

/** Starts all processes, or none: if one fails to start, the started ones are stopped. */
async function startProcesses(
  environments: Record<ProcessName, ProcessSettings>,
  { folder, name = DEFAULT_NAME, heapMb = {} }: LocalShopOptions,
): Promise<Record<ProcessName, ServiceProcess>> {
  const starting = Object.entries(environments).map(async ([process, { url, env }]) => {
    const file = join(folder, `${name}-${process}`);
    const options = { name: process, url, env, logFile: `${file}.log`, pidFile: `${file}.pid` };
    const heapLimit = { heapMb: heapMb[process as ProcessName] ?? 128 };
    return [process, await ServiceProcess.start({ ...options, ...heapLimit })] as const;
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

/** One client places the orders of a whole test or benchmark. */
function highLimits(prefix: string): Record<string, string> {
  const callers = ['CALLER_REQUESTS_PER_MINUTE', 'REJECTED_TOKENS_PER_MINUTE'];
  const orders = ['ORDERS_PER_MINUTE', 'UNITS_PER_MINUTE', 'DECLINES_PER_MINUTE'];
  const rates = [...callers, ...(prefix === 'ORDER' ? orders : [])];
  const streams = prefix === 'ORDER' ? ['STREAMS_PER_CALLER_MAX'] : [];
  return Object.fromEntries([
    ...rates.map((name) => [`${prefix}_${name}`, '10000000'] as const),
    ...['CALLER_CONCURRENCY_MAX', ...streams].map((name) => [`${prefix}_${name}`, '100000'] as const),
  ]);
}

interface ProcessSettings {
  readonly url: string;
  readonly env: Record<string, string>;
}

async function buildProcessSettings(
  credentials: ShopCredentials,
  { brokerProxy, jwksFile }: { readonly brokerProxy: TcpProxy; readonly jwksFile: string },
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
    const broker = isDirect ? own : brokerProxy.rewriteUrl(own);
    return {
      url: `http://127.0.0.1:${port}`,
      env: {
        [`${prefix}_DATABASE_URL`]: await rewriteUrl(credentials.databaseUrls[name], name, 'database'),
        [`${prefix}_RABBITMQ_URL`]: await rewriteUrl(broker, name, 'broker'),
        [`${prefix}_HTTP_PORT`]: String(port),
        [`${prefix}_ACCESS_JWKS_FILE`]: jwksFile,
        ...highLimits(prefix),
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
 * Runs the provisioning program of a deployment. It ends with this process, and so do its child processes.
 *
 * @throws {ServerFailedError} with the program's last log lines
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
