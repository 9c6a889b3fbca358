import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import {
  BROKER_ARGUMENTS,
  newAdministrator,
  ownBroker,
  type Rabbitmq,
  takesConnections,
} from './rabbitmq-instance.js';
import { onFreePorts } from './ports.js';
import type { ManagementAccess } from '../provision/rabbitmq-management.js';
import type { RunFolder } from './run-folder.js';

const IMAGE = 'rabbitmq:4-management';
const PULL_WITHIN_MS = 600_000;
const STARTS_WITHIN_MS = 120_000;

/**
 * A broker of our own in a container, published on 127.0.0.1.
 *
 * @returns undefined, after saying why, where no Docker engine answers or the image cannot be had.
 */
export async function dockerRabbitmq(
  run: RunFolder,
  report: (line: string) => void,
): Promise<Rabbitmq | undefined> {
  if (!(await succeeds(docker(['info'], 10_000)))) return undefined;
  if (!(await succeeds(docker(['image', 'inspect', IMAGE])))) {
    report(`docker pull ${IMAGE}`);
    if (!(await succeeds(docker(['pull', '--quiet', IMAGE], PULL_WITHIN_MS)))) {
      report(`The Docker engine answers, but has no ${IMAGE} and cannot pull it`);
      return undefined;
    }
  }
  return onFreePorts(2, ([amqp = 0, http = 0]) => inContainer(run, amqp, http));
}

async function inContainer(run: RunFolder, amqp: number, http: number): Promise<Rabbitmq> {
  const container = `order-processing-${run.id}`;
  const management = newAdministrator(http);
  // Lets the next run remove it if we are killed.
  await writeFile(join(run.path, 'rabbitmq.container'), container);
  const close = async (): Promise<void> => void (await docker(['rm', '--force', '--volumes', container]));
  const ready = (): Promise<void> => untilReady(container, management);
  try {
    await docker(runArguments(container, amqp, http, management));
    await ready();
    const server = {
      start: () => docker(['start', container]).then(ready),
      stop: async () => void (await docker(['stop', container])),
      kill: async () => void (await docker(['kill', container])),
    };
    const ctl = async (...args: string[]): Promise<void> =>
      void (await docker(['exec', container, 'rabbitmqctl', ...args]));
    return await ownBroker('docker', amqp, management, { server, ctl, close });
  } catch (error) {
    await close();
    throw error;
  }
}

function runArguments(container: string, amqp: number, http: number, management: ManagementAccess): string[] {
  const options = {
    name: container,
    hostname: 'rabbitmq',
    publish: [`127.0.0.1:${amqp}:5672`, `127.0.0.1:${http}:15672`],
    env: [
      `RABBITMQ_DEFAULT_USER=${management.user}`,
      `RABBITMQ_DEFAULT_PASS=${management.password}`,
      `RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=${BROKER_ARGUMENTS}`,
    ],
  };
  const flags = Object.entries(options).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => [`--${name}`, value]),
  );
  return ['run', '--detach', ...flags, IMAGE];
}

async function untilReady(container: string, management: ManagementAccess): Promise<void> {
  for (const deadline = Date.now() + STARTS_WITHIN_MS; Date.now() < deadline; await sleep(100)) {
    if (await takesConnections(management, 5672)) return;
    const { stdout } = await docker(['inspect', '--format', '{{.State.Running}}', container]);
    if (stdout.trim() !== 'true') break;
  }
  const { stdout, stderr } = await docker(['logs', '--tail', '25', container]);
  throw new Error(`RabbitMQ in Docker did not become ready\n${stdout}${stderr}`);
}

function docker(args: string[], timeout = 60_000): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)('docker', args, { timeout });
}

async function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}
