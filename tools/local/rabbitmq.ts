import type { RabbitmqInstance } from './rabbitmq-instance.js';
import { startDockerRabbitmq } from './rabbitmq-docker.js';
import { connectExternalRabbitmq } from './rabbitmq-external.js';
import { canInstallRabbitmq, installRabbitmq, installInstructions } from './rabbitmq-install.js';
import { locateRabbitmq, startLocalRabbitmq } from './rabbitmq-local.js';
import type { RunFolder } from './run-folder.js';
import { ServerNotFoundError } from './server-not-found.js';

/** How {@link findRabbitmq} gets a broker. */
export interface RabbitmqOptions {
  /** Receives one line of progress at a time. Required. */
  report: (line: string) => void;
  /** URL of a running broker. Default (also when empty): find or start one. */
  url?: string | undefined;
  /** URL of that broker's management API. Default: port 15672 of the same host. */
  managementUrl?: string | undefined;
  /** Start this version in a container, also where programs are installed: `4.3`. Default: any version. */
  version?: string | undefined;
  /** Install RabbitMQ without confirmation. Required. */
  assumeYes: boolean;
}

/**
 * Returns the first available broker: the one at `url`; a private one from installed programs; a container; a private
 * one from Debian's package, installed as root. With `version` only a container is possible.
 *
 * @throws {ServerNotFoundError} when none is available; the message lists the commands for this platform.
 */
export async function findRabbitmq(run: RunFolder, options: RabbitmqOptions): Promise<RabbitmqInstance> {
  const { report, url, managementUrl, version, assumeYes } = options;
  if (url) return connectExternalRabbitmq(url, managementUrl, run);
  if (version) return startVersion(run, report, version);
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

async function startVersion(
  run: RunFolder,
  report: RabbitmqOptions['report'],
  version: string,
): Promise<RabbitmqInstance> {
  const broker = await startDockerRabbitmq(run, report, version);
  if (broker !== undefined) return broker;
  throw new ServerNotFoundError(
    `RABBITMQ_VERSION=${version} needs a Docker engine on this host with the image rabbitmq:${version}-management. ` +
      'Check: docker info. Unset RABBITMQ_VERSION to use any RabbitMQ.',
  );
}
