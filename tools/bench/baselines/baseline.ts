import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../../client/repository-root.js';
import type { Databases } from '../../local/databases.js';
import { freePort } from '../../local/ports.js';
import { ServiceProcess } from '../../local/service-process.js';
import type { VirtualHosts } from '../../local/virtual-hosts.js';
import type { Bench } from '../bench.js';
import { listServerProcesses, loadGenerator } from '../measure.js';
import type { RunningShop } from '../shop-under-load.js';
import { verifyBaseline } from './verify-baseline.js';
import { type ServiceName, serviceNames } from '../../client/api-types.js';

/** A program that does the work of the shop, to compare with. */
export interface Baseline {
  readonly name: 'textbook' | 'bare';
  /** Creates exchanges, queues, tables and stock. */
  prepare(databaseUrls: Readonly<Record<ServiceName, string>>, brokerUrl: string): Promise<void>;
}

/** The servers that a baseline uses. */
export interface BaselineServers {
  readonly databases: Databases;
  readonly virtualHosts: VirtualHosts;
  /** For logs; contains the pid files of the servers. */
  readonly folder: string;
  /** Suffix of the names of its databases and virtual host, for several instances on one server. Default: none. */
  readonly suffix?: string;
}

/** Starts a baseline: three services and a gateway simulator, with separate databases and a separate virtual host. */
export async function startBaseline(
  { name, prepare }: Baseline,
  { databases, virtualHosts, folder, suffix = '' }: BaselineServers,
): Promise<RunningShop> {
  const vhost = `bench_${name}${suffix && `_${suffix}`}`;
  const brokerUrl = await virtualHosts.create(vhost);
  const databaseUrls = await createDatabases(databases, vhost);
  await prepare(databaseUrls, brokerUrl);

  const file = join(folder, vhost);
  const gateway = await startProgram(file, 'gateway-simulator', 'apps/gateway-simulator/src/main.js');
  const programs = await Promise.all(
    serviceNames.map((service) =>
      startProgram(file, service, `tools/bench/baselines/${name}/${service}.js`, {
        DATABASE_URL: databaseUrls[service],
        RABBITMQ_URL: brokerUrl,
        GATEWAY_URL: gateway.url,
      }),
    ),
  );
  const processes = [...programs, gateway];
  return {
    orderUrl: programs[serviceNames.indexOf('order')]!.url,
    brokerUrl,
    measured: [
      ...processes.map(({ name: process, pid }) => ({ name: process, pid: pid!, withDescendants: true })),
      ...(await listServerProcesses(folder)),
      loadGenerator,
    ],
    verify: (acceptedIds) => verifyBaseline(databaseUrls, gateway.url, acceptedIds),
    stop: async () => {
      await Promise.all(processes.map((process) => process.stop()));
      await Promise.all([
        virtualHosts.drop(vhost),
        ...serviceNames.map((service) => databases.drop(`${vhost}_${service}`)),
      ]);
    },
  };
}

async function createDatabases(databases: Databases, prefix: string): Promise<Record<ServiceName, string>> {
  const created = serviceNames.map(
    async (service) => [service, await databases.create(`${prefix}_${service}`)] as const,
  );
  return Object.fromEntries(await Promise.all(created)) as Record<ServiceName, string>;
}

/** @param file the common prefix of log and pid files */
async function startProgram(
  file: string,
  name: string,
  entry: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const port = await freePort();
  return ServiceProcess.start({
    name,
    url: `http://127.0.0.1:${port}`,
    env: { PORT: String(port), GATEWAY_HTTP_PORT: String(port), ...env },
    entry: join(REPOSITORY_ROOT, 'dist', entry),
    logFile: `${file}-${name}.log`,
    pidFile: `${file}-${name}.pid`,
    // The gateway simulator keeps its ledger in memory.
    ...(name === 'gateway-simulator' && { heapMb: 2_048 }),
  });
}

/** Starts baselines on the servers of a run. On a broker with a single virtual host, starts none and reports that. */
export async function startBaselines(
  bench: Bench,
  baselines: readonly Baseline[],
): Promise<Partial<Record<Baseline['name'], RunningShop>>> {
  const { folder, postgres, rabbitmq } = bench.infrastructure;
  if (rabbitmq.access.onlyVhost !== undefined) {
    bench.reportNotMeasured('the baselines: each needs a virtual host, and this broker has only one');
    return {};
  }
  const servers = { folder, databases: postgres.databases, virtualHosts: rabbitmq.virtualHosts };
  const started = baselines.map(async (baseline) => [baseline.name, await startBaseline(baseline, servers)]);
  return Object.fromEntries(await Promise.all(started)) as Partial<Record<Baseline['name'], RunningShop>>;
}
