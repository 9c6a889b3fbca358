import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { lookup } from 'node:dns/promises';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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

const PULL_TIMEOUT_MS = 600_000;
const START_TIMEOUT_MS = 120_000;

/** The tag of `rabbitmq:<version>-management` when no version is required. */
const DEFAULT_VERSION = '4';

/** The engine publishes ports on another host: it is remote, or this process runs in a container beside the broker. */
class PortsElsewhereError extends Error {}

/**
 * Starts a broker in a container of `rabbitmq:<version>-management`, with its ports published on 127.0.0.1.
 *
 * @param version default 4
 * @returns undefined when no Docker engine responds; also, and reported, when the image can't be pulled or the engine
 * publishes ports on another host.
 */
export async function startDockerRabbitmq(
  run: RunFolder,
  report: (line: string) => void,
  version = DEFAULT_VERSION,
): Promise<RabbitmqInstance | undefined> {
  const image = `rabbitmq:${version}-management`;
  if (!(await succeeds(runDocker(['info'], 10_000)))) return undefined;
  const endpoint = await findRemoteEndpoint();
  if (endpoint !== undefined) {
    report(`The Docker engine at ${endpoint} publishes ports on another host, not on 127.0.0.1`);
    return undefined;
  }
  if (!(await succeeds(runDocker(['image', 'inspect', image])))) {
    report(`docker pull ${image}`);
    if (!(await succeeds(runDocker(['pull', '--quiet', image], PULL_TIMEOUT_MS)))) {
      report(`Docker is running, but the image ${image} is missing and cannot be pulled`);
      return undefined;
    }
  }
  try {
    return await withFreePorts(3, ([amqp = 0, http = 0, metrics = 0]) =>
      startContainer(run, image, { amqp, http, metrics }),
    );
  } catch (error) {
    if (!(error instanceof PortsElsewhereError)) throw error;
    report(error.message);
    return undefined;
  }
}

/** The URL of an engine that the client reaches over the network on another host; undefined for any other engine. */
async function findRemoteEndpoint(): Promise<string | undefined> {
  const format = '{{.Endpoints.docker.Host}}';
  const endpoint = await runDocker(['context', 'inspect', '--format', format]).then(
    ({ stdout }) => stdout.trim(),
    () => '', // a client without contexts
  );
  if (!/^(tcp|ssh|https?):/.test(endpoint) || !URL.canParse(endpoint)) return undefined;
  const host = new URL(endpoint).hostname.replace(/^\[|\]$/g, '');
  const addresses = await lookup(host, { all: true }).catch(() => []);
  const interfaces = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const own = new Set(interfaces.map(({ address }) => address));
  const isHere = addresses.some(({ address }) => own.has(address) || address.startsWith('127.'));
  return isHere ? undefined : endpoint;
}

interface PublishedPorts {
  amqp: number;
  http: number;
  metrics: number;
}

async function startContainer(
  run: RunFolder,
  image: string,
  ports: PublishedPorts,
): Promise<RabbitmqInstance> {
  const { amqp, http, metrics } = ports;
  const container = `order-processing-${run.id}`;
  const management = generateAdministrator(http);
  // The next run removes the container if this process is killed.
  await writeFile(join(run.path, 'rabbitmq.container'), container);
  const close = async (): Promise<void> => void (await runDocker(['rm', '--force', '--volumes', container]));
  const ready = (): Promise<void> => waitUntilReady(container, management, amqp);
  try {
    await runDocker([...dockerRunArguments(container, ports, management), image]);
    await ready();
    const server = {
      start: () => runDocker(['start', container]).then(ready),
      stop: async () => void (await runDocker(['stop', container])),
      kill: async () => void (await runDocker(['kill', container])),
    };
    const rabbitmqctl = async (...args: string[]): Promise<void> =>
      void (await runDocker(['exec', container, 'rabbitmqctl', ...args]));
    return await describeStartedBroker('docker', amqp, management, {
      prometheusPort: metrics,
      server,
      rabbitmqctl,
      close,
    });
  } catch (error) {
    await close();
    throw error;
  }
}

function dockerRunArguments(
  container: string,
  { amqp, http, metrics }: PublishedPorts,
  management: ManagementAccess,
): string[] {
  const options = {
    name: container,
    hostname: 'rabbitmq',
    publish: [`127.0.0.1:${amqp}:5672`, `127.0.0.1:${http}:15672`, `127.0.0.1:${metrics}:15692`],
    env: [
      `RABBITMQ_DEFAULT_USER=${management.user}`,
      `RABBITMQ_DEFAULT_PASS=${management.password}`,
      `RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=${BROKER_ERL_ARGS}`,
    ],
  };
  const flags = Object.entries(options).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => [`--${name}`, value]),
  );
  return ['run', '--detach', ...flags];
}

async function waitUntilReady(container: string, management: ManagementAccess, amqp: number): Promise<void> {
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(100)) {
    if (await acceptsConnections(management, 5672)) return;
    const { stdout } = await runDocker(['inspect', '--format', '{{.State.Running}}', container]);
    if (stdout.trim() !== 'true') break;
    if (await isPublishedElsewhere(container, amqp))
      throw new PortsElsewhereError(
        `The Docker engine publishes ports on another host (container ${container} listens, but not on 127.0.0.1:${amqp})`,
      );
  }
  const { stdout, stderr } = await runDocker(['logs', '--tail', '25', container]);
  throw new Error(`RabbitMQ in container ${container} did not become ready\n${stdout}${stderr}`);
}

/**
 * Whether the broker in the container listens while its published port refuses connections. An engine of this host
 * publishes a port before it starts the container.
 */
async function isPublishedElsewhere(container: string, port: number): Promise<boolean> {
  if (await canConnect(port)) return false;
  const listens = runDocker(['exec', container, 'bash', '-c', '</dev/tcp/127.0.0.1/5672']);
  return (await succeeds(listens)) && !(await canConnect(port));
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const connected = once(socket, 'connect', { signal: AbortSignal.timeout(5000) });
  return succeeds(connected).finally(() => socket.destroy());
}

function runDocker(args: string[], timeout = 60_000): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)('docker', args, { timeout });
}

async function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}
