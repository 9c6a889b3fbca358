import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
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

const IMAGE = 'rabbitmq:4-management';
const PULL_TIMEOUT_MS = 600_000;
const START_TIMEOUT_MS = 120_000;

/**
 * Starts a broker in a container, with its ports published on 127.0.0.1.
 *
 * @returns undefined when no Docker engine responds, or when the image can't be pulled (reported).
 */
export async function startDockerRabbitmq(
  run: RunFolder,
  report: (line: string) => void,
): Promise<RabbitmqInstance | undefined> {
  if (!(await succeeds(runDocker(['info'], 10_000)))) return undefined;
  if (!(await succeeds(runDocker(['image', 'inspect', IMAGE])))) {
    report(`docker pull ${IMAGE}`);
    if (!(await succeeds(runDocker(['pull', '--quiet', IMAGE], PULL_TIMEOUT_MS)))) {
      report(`Docker is running, but the image ${IMAGE} is missing and cannot be pulled`);
      return undefined;
    }
  }
  return withFreePorts(2, ([amqp = 0, http = 0]) => startContainer(run, amqp, http));
}

async function startContainer(run: RunFolder, amqp: number, http: number): Promise<RabbitmqInstance> {
  const container = `order-processing-${run.id}`;
  const management = generateAdministrator(http);
  // The next run removes the container if this process is killed.
  await writeFile(join(run.path, 'rabbitmq.container'), container);
  const close = async (): Promise<void> => void (await runDocker(['rm', '--force', '--volumes', container]));
  const ready = (): Promise<void> => waitUntilReady(container, management);
  try {
    await runDocker(dockerRunArguments(container, amqp, http, management));
    await ready();
    const server = {
      start: () => runDocker(['start', container]).then(ready),
      stop: async () => void (await runDocker(['stop', container])),
      kill: async () => void (await runDocker(['kill', container])),
    };
    const rabbitmqctl = async (...args: string[]): Promise<void> =>
      void (await runDocker(['exec', container, 'rabbitmqctl', ...args]));
    return await describeStartedBroker('docker', amqp, management, { server, rabbitmqctl, close });
  } catch (error) {
    await close();
    throw error;
  }
}

function dockerRunArguments(
  container: string,
  amqp: number,
  http: number,
  management: ManagementAccess,
): string[] {
  const options = {
    name: container,
    hostname: 'rabbitmq',
    publish: [`127.0.0.1:${amqp}:5672`, `127.0.0.1:${http}:15672`],
    env: [
      `RABBITMQ_DEFAULT_USER=${management.user}`,
      `RABBITMQ_DEFAULT_PASS=${management.password}`,
      `RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=${BROKER_ERL_ARGS}`,
    ],
  };
  const flags = Object.entries(options).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => [`--${name}`, value]),
  );
  return ['run', '--detach', ...flags, IMAGE];
}

async function waitUntilReady(container: string, management: ManagementAccess): Promise<void> {
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(100)) {
    if (await acceptsConnections(management, 5672)) return;
    const { stdout } = await runDocker(['inspect', '--format', '{{.State.Running}}', container]);
    if (stdout.trim() !== 'true') break;
  }
  const { stdout, stderr } = await runDocker(['logs', '--tail', '25', container]);
  throw new Error(`RabbitMQ in container ${container} did not become ready\n${stdout}${stderr}`);
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
