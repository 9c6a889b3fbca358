import { join } from 'node:path';

import { CLONE } from './clone.js';
import type { Databases } from './databases.js';
import { freePort } from './ports.js';
import { ServerFailed, ServerProcess } from './server-process.js';
import { Service } from './services.js';
import { TcpProxy } from './tcp-proxy.js';
import type { VirtualHosts } from './virtual-hosts.js';

export const serviceNames = ['order', 'inventory', 'payment'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** What a service connects to. */
export type Upstream = 'database' | 'broker' | 'gateway';

/** The processes of the platform: the three services, and the world outside them. */
export type ProcessName = ServiceName | 'gateway-simulator';

export interface PlatformOptions {
  readonly databases: Databases;
  readonly virtualHosts: VirtualHosts;
  /** Where the processes log, and where another run finds them should we be killed. */
  readonly folder: string;
  /** Part of the names of its databases and its virtual host; two platforms of one run need two. Default: `shop`. */
  readonly name?: string;
  /** Leads a service's way to one of its servers over another address, such as a link that can be broken. */
  readonly route?: (url: string, from: ServiceName, to: Upstream) => Promise<string>;
  /** Further settings by process: `{ order: { ORDER_DEADLINE_MS: '2000' } }`. */
  readonly env?: Partial<Record<ProcessName, Record<string, string>>>;
  /** How far the heaps of processes may grow, where the default is too little. */
  readonly heapMb?: Partial<Record<ProcessName, number>>;
}

/** The whole shop, running: databases, a virtual host of its own, and four processes. */
export interface Platform {
  readonly processes: Readonly<Record<ProcessName, Service>>;
  readonly databaseUrls: Readonly<Record<ServiceName, string>>;
  /** Straight to the broker; the services go through {@link brokerLink}. */
  readonly rabbitmqUrl: string;
  /** The services' link to the broker: cut it, and for them the broker is away. */
  readonly brokerLink: TcpProxy;
  /** Stops the processes and deletes databases and virtual host. */
  stop(): Promise<void>;
}

/** Makes databases and a virtual host, provisions them, and starts all processes; resolves when all are ready. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { databases, virtualHosts, name = 'shop', heapMb = {} } = options;
  const [rabbitmqUrl, ...urls] = await Promise.all([
    virtualHosts.create(name),
    ...serviceNames.map((service) => databases.create(`${name}_${service}`)),
  ]);
  const databaseUrls = Object.fromEntries(serviceNames.map((service, index) => [service, urls[index] ?? '']));
  const { hostname, port } = new URL(rabbitmqUrl);
  const brokerLink = await TcpProxy.listen({ host: hostname, port: Number(port || 5672) });
  const environments = await environmentsOf(databaseUrls, brokerLink.through(rabbitmqUrl), options);
  await provision(rabbitmqUrl, environments, join(options.folder, `${name}-provision.log`));

  const processes = Object.fromEntries(
    await Promise.all(
      Object.entries(environments).map(async ([process, { url, env }]) => [
        process,
        await Service.start({
          name: process,
          url,
          env,
          logFile: join(options.folder, `${name}-${process}.log`),
          pidFile: join(options.folder, `${name}-${process}.pid`),
          heapMb: heapMb[process as ProcessName] ?? 128,
        }),
      ]),
    ),
  ) as Record<ProcessName, Service>;

  return {
    processes,
    databaseUrls: databaseUrls as Record<ServiceName, string>,
    rabbitmqUrl,
    brokerLink,
    stop: async () => {
      await Promise.all(Object.values(processes).map((process) => process.stop()));
      await brokerLink.close();
      await Promise.all([
        virtualHosts.drop(name),
        ...serviceNames.map((service) => databases.drop(`${name}_${service}`)),
      ]);
    },
  };
}

interface Environment {
  readonly url: string;
  readonly env: Record<string, string>;
}

async function environmentsOf(
  databaseUrls: Readonly<Record<string, string>>,
  rabbitmqUrl: string,
  { env: more = {}, route = async (url) => url }: PlatformOptions,
): Promise<Record<ProcessName, Environment>> {
  const [orderPort, inventoryPort, paymentPort, gatewayPort] = await Promise.all([0, 1, 2, 3].map(freePort));
  const gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
  const service = async (
    prefix: string,
    name: ServiceName,
    port = 0,
    own: Record<string, string> = {},
  ): Promise<Environment> => ({
    url: `http://127.0.0.1:${port}`,
    env: {
      [`${prefix}_DATABASE_URL`]: await route(databaseUrls[name] ?? '', name, 'database'),
      [`${prefix}_RABBITMQ_URL`]: await route(rabbitmqUrl, name, 'broker'),
      [`${prefix}_HTTP_PORT`]: String(port),
      ...own,
      ...more[name],
    },
  });
  return {
    order: await service('ORDER', 'order', orderPort),
    inventory: await service('INVENTORY', 'inventory', inventoryPort),
    payment: await service('PAYMENT', 'payment', paymentPort, {
      PAYMENT_GATEWAY_URL: await route(gatewayUrl, 'payment', 'gateway'),
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
 * @throws {ServerFailed} with its last lines
 */
async function provision(
  rabbitmqUrl: string,
  environments: Record<ProcessName, Environment>,
  logFile: string,
): Promise<void> {
  const { PATH = '', HOME = '' } = process.env;
  const ofServices = serviceNames.map((name) => environments[name].env);
  const program = new ServerProcess({
    name: 'provisioning',
    command: process.execPath,
    args: ['--enable-source-maps', join(CLONE, 'dist', 'stack', 'provision.js')],
    env: Object.assign({ PATH, HOME, PROVISION_RABBITMQ_URL: rabbitmqUrl }, ...ofServices) as Record<
      string,
      string
    >,
    logFile,
  });
  await program.start();
  if ((await program.exited) !== 0) {
    throw new ServerFailed(`provisioning failed\n${await program.lastLogLines()}`);
  }
}
