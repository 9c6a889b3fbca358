import type { Rabbitmq } from './rabbitmq-instance.js';
import { dockerRabbitmq } from './rabbitmq-docker.js';
import { givenRabbitmq } from './rabbitmq-external.js';
import { canInstallRabbitmq, installRabbitmq, rabbitmqAdvice } from './rabbitmq-install.js';
import { locateRabbitmq, privateRabbitmq } from './rabbitmq-local.js';
import type { RunFolder } from './run-folder.js';
import { Unavailable } from './server-not-found.js';

/** What the reader has said beforehand. */
export interface Wishes {
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
export async function findRabbitmq(run: RunFolder, wishes: Wishes): Promise<Rabbitmq> {
  const { report, url, managementUrl, assumeYes } = wishes;
  if (url) return givenRabbitmq(url, managementUrl, run);
  const scripts = await locateRabbitmq();
  if (scripts !== undefined) return privateRabbitmq(run, scripts);
  const inDocker = await dockerRabbitmq(run, report);
  if (inDocker !== undefined) return inDocker;
  if ((await canInstallRabbitmq()) && (await installRabbitmq(report, assumeYes))) {
    const installed = await locateRabbitmq();
    if (installed !== undefined) return privateRabbitmq(run, installed);
  }
  throw new Unavailable(await rabbitmqAdvice());
}
