import type { RabbitmqInstance } from './rabbitmq-instance.js';
import { startDockerRabbitmq } from './rabbitmq-docker.js';
import { connectExternalRabbitmq } from './rabbitmq-external.js';
import { canInstallRabbitmq, installRabbitmq, installInstructions } from './rabbitmq-install.js';
import { locateRabbitmq, startLocalRabbitmq } from './rabbitmq-local.js';
import type { RunFolder } from './run-folder.js';
import { ServerNotFoundError } from './server-not-found.js';

/** What the reader has said beforehand. */
export interface RabbitmqOptions {
  report: (line: string) => void;
  /** A running broker to use; empty is none. */
  url?: string | undefined;
  managementUrl?: string | undefined;
  /** Install what is missing without asking. */
  assumeYes: boolean;
}

/**
 * The first of these that is to be had: the broker that was given; RabbitMQ's programs on this machine; a Docker
 * engine; Debian's package, as root.
 *
 * @throws {Unavailable} when none is; the message says what to type on this platform.
 */
export async function findRabbitmq(run: RunFolder, wishes: RabbitmqOptions): Promise<RabbitmqInstance> {
  const { report, url, managementUrl, assumeYes } = wishes;
  if (url) return connectExternalRabbitmq(url, managementUrl, run);
  const scripts = await locateRabbitmq();
  if (scripts !== undefined) return startLocalRabbitmq(run, scripts);
  const inDocker = await startDockerRabbitmq(run, report);
  if (inDocker !== undefined) return inDocker;
  if ((await canInstallRabbitmq()) && (await installRabbitmq(report, assumeYes))) {
    const installed = await locateRabbitmq();
    if (installed !== undefined) return startLocalRabbitmq(run, installed);
  }
  throw new ServerNotFoundError(await installInstructions());
}
