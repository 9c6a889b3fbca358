import { execFile } from 'node:child_process';
import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import {
  BROKER_ERL_ARGS,
  generateAdministrator,
  describeStartedBroker,
  type RabbitmqInstance,
  acceptsConnections,
} from './rabbitmq-instance.js';
import { withFreePorts } from './ports.js';
import type { ManagementAccess } from '../provision/rabbitmq-management.js';
import type { RunFolder } from './run-folder.js';
import type { ServerCertificate } from '../provision/server-certificate.js';
import { ServerProcess } from './server-process.js';

const START_TIMEOUT_MS = 90_000;
/** Tests move messages with a shovel, as an operator does. */
const PLUGINS = [
  'rabbitmq_management',
  'rabbitmq_prometheus',
  'rabbitmq_shovel',
  'rabbitmq_shovel_management',
];

/** Package folders with RabbitMQ's scripts. Not /usr/sbin: Debian's wrappers there switch to the user rabbitmq. */
const FOLDERS = [
  '/usr/lib/rabbitmq/bin',
  '/opt/homebrew/opt/rabbitmq/sbin',
  '/usr/local/opt/rabbitmq/sbin',
  '/home/linuxbrew/.linuxbrew/opt/rabbitmq/sbin',
];
/** Parents of version folders: `rabbitmq_server-4.0.5/sbin`. */
const VERSION_PARENTS = [
  '/usr/lib/rabbitmq/lib',
  '/usr/local/lib/rabbitmq/lib',
  '/usr/local/lib',
  '/opt',
  '/opt/rabbitmq',
];

/** Folders to search for RabbitMQ's scripts, in this order; then `PATH`. */
export interface SearchPaths {
  folders: string[];
  /** Parents of version folders; the highest version wins. */
  parents: string[];
}

/** The folder that holds `rabbitmq-server`; undefined when RabbitMQ is not installed. */
export async function locateRabbitmq(
  places: SearchPaths = { folders: FOLDERS, parents: VERSION_PARENTS },
): Promise<string | undefined> {
  const versions = await Promise.all(places.parents.map(findVersions));
  const onPath = (process.env['PATH'] ?? '').split(delimiter);
  for (const folder of [...places.folders, ...versions.flat(), ...onPath]) {
    // rabbitmq-env lies beside the real scripts, but not beside wrappers.
    if ((await exists(join(folder, 'rabbitmq-server'))) && (await exists(join(folder, 'rabbitmq-env'))))
      return folder;
  }
  return undefined;
}

async function findVersions(parent: string): Promise<string[]> {
  const names = await readdir(parent).catch(() => []);
  return names
    .filter((name) => name.startsWith('rabbitmq_server-'))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => join(parent, name, 'sbin'));
}

/**
 * Starts a broker from the programs in `scripts`, with a private node name, ports, epmd, cookie, data and
 * configuration. It listens on 127.0.0.1 only, enables the management and Prometheus plugins, and ends with this process.
 *
 * @param tls listen on a TLS port as well
 */
export async function startLocalRabbitmq(
  run: RunFolder,
  scripts: string,
  tls?: ServerCertificate,
): Promise<RabbitmqInstance> {
  const home = join(run.path, 'rabbitmq');
  await mkdir(home, { mode: 0o700, recursive: true });
  return withFreePorts(6, async (free) => {
    const ports = namePorts(free);
    const { amqp, amqps, http, metrics, epmd } = ports;
    const management = generateAdministrator(http);
    await writeConfiguration(home, ports, management, tls);
    const portMapper = epmdProcess(run, epmd);
    const broker = brokerProcess(run, home, scripts, ports);
    const start = async (): Promise<void> => {
      await broker.start();
      await broker.waitUntil(() => acceptsConnections(management, amqp), START_TIMEOUT_MS);
    };
    const close = async (): Promise<void> => {
      await Promise.all([broker.kill(), portMapper.kill()]);
    };
    try {
      await portMapper.start();
      await start();
      const server = { start, kill: () => broker.kill(), stop: async () => void (await broker.stop()) };
      const rabbitmqctl = (...args: string[]): Promise<void> =>
        runRabbitmqctl(run, home, scripts, ports, args);
      const described = await describeStartedBroker('local', amqp, management, {
        prometheusPort: metrics,
        server,
        rabbitmqctl,
        close,
      });
      return tls ? { ...described, amqpsPort: amqps } : described;
    } catch (error) {
      await close();
      throw error;
    }
  });
}

function namePorts([
  amqp = 0,
  http = 0,
  distribution = 0,
  epmd = 0,
  amqps = 0,
  metrics = 0,
]: number[]): Ports {
  return { amqp, amqps, http, metrics, distribution, epmd };
}

interface Ports {
  amqp: number;
  amqps: number;
  http: number;
  metrics: number;
  distribution: number;
  epmd: number;
}

async function writeConfiguration(
  home: string,
  ports: Ports,
  { user, password }: ManagementAccess,
  tls: ServerCertificate | undefined,
): Promise<void> {
  const overTls = tls && [
    `listeners.ssl.1 = 127.0.0.1:${ports.amqps}`,
    `ssl_options.certfile = ${tls.certificate}`,
    `ssl_options.keyfile = ${tls.key}`,
    // Clients authenticate with a password, not with a certificate.
    'ssl_options.verify = verify_none',
  ];
  const settings = [
    ...(overTls ?? []),
    `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${ports.http}`,
    'prometheus.tcp.ip = 127.0.0.1',
    `prometheus.tcp.port = ${ports.metrics}`,
    `default_user = ${user}`,
    `default_pass = ${password}`,
    'log.console = true',
    'log.console.level = info',
    'log.file = false',
  ];
  await Promise.all([
    writeFile(join(home, 'rabbitmq.conf'), settings.join('\n') + '\n', { mode: 0o600 }),
    writeFile(join(home, 'advanced.config'), '[].\n'),
    writeFile(join(home, 'enabled_plugins'), `[${PLUGINS.join()}].\n`),
  ]);
}

/**
 * Erlang's port mapper on a private port. Otherwise the broker starts a daemon that outlives it, or uses the
 * system's epmd, which may belong to another Erlang version.
 */
function epmdProcess(run: RunFolder, port: number): ServerProcess {
  return new ServerProcess({
    name: 'epmd',
    command: 'epmd',
    args: ['-port', String(port), '-address', '127.0.0.1'],
    env: { PATH: searchPath() },
    logFile: join(run.path, 'epmd.log'),
    pidFile: join(run.path, 'epmd.pid'),
  });
}

/** The environment shared by the broker and `rabbitmqctl`: node name, epmd address and the home of the cookie. */
function nodeEnvironment(run: RunFolder, home: string, ports: Ports): Record<string, string> {
  return {
    PATH: searchPath(),
    LANG: 'C.UTF-8',
    HOME: home,
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_NODENAME: `order-processing-${run.id}@localhost`,
  };
}

async function runRabbitmqctl(
  run: RunFolder,
  home: string,
  scripts: string,
  ports: Ports,
  args: string[],
): Promise<void> {
  const options = { cwd: home, env: nodeEnvironment(run, home, ports), timeout: 60_000 };
  await promisify(execFile)(join(scripts, 'rabbitmqctl'), args, options);
}

function brokerProcess(run: RunFolder, home: string, scripts: string, ports: Ports): ServerProcess {
  return new ServerProcess({
    name: 'RabbitMQ',
    command: join(scripts, 'rabbitmq-server'),
    args: [],
    cwd: home,
    env: {
      ...nodeEnvironment(run, home, ports),
      RABBITMQ_DIST_PORT: String(ports.distribution),
      RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
      RABBITMQ_ADVANCED_CONFIG_FILE: join(home, 'advanced.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'enabled_plugins'),
      RABBITMQ_MNESIA_BASE: join(home, 'data'),
      RABBITMQ_LOG_BASE: join(home, 'log'),
      RABBITMQ_LOGS: '-',
      // The script execs the broker instead of waiting for it, so signals reach the broker's process.
      RABBITMQ_ALLOW_INPUT: 'true',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-noinput -kernel inet_dist_use_interface {127,0,0,1} ${BROKER_ERL_ARGS}`,
    },
    logFile: join(run.path, 'rabbitmq.log'),
    pidFile: join(run.path, 'rabbitmq.pid'),
  });
}

function searchPath(): string {
  return [process.env['PATH'] ?? '/usr/bin:/bin', '/usr/local/bin', '/opt/homebrew/bin'].join(':');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
