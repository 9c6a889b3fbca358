import { createRunFolder, removeRunFolder } from '../local/run-folder.js';
import type { ServerControl } from '../local/server-process.js';
import { ServerNotFoundError } from '../local/server-not-found.js';
import { startLocalServers } from '../local/servers.js';
import type { BrokerAccess, DatabaseAccess } from '../provision/access.js';

/** Running servers that other programs use too: an environment adds databases and a virtual host to them. */
export interface ServerAccess {
  readonly databaseAccess: DatabaseAccess;
  readonly brokerAccess: BrokerAccess;
}

/** Servers that belong to one environment, so a fault may crash them. */
export interface OwnServers {
  readonly postgres: ServerControl;
  readonly broker: ServerControl;
  /** Runs the broker's `rabbitmqctl`. */
  readonly rabbitmqctl: (...args: string[]) => Promise<void>;
}

/** The servers of one environment and the folder of its logs. */
export interface EnvironmentServers extends ServerAccess {
  /** Undefined for shared servers. */
  readonly own: OwnServers | undefined;
  readonly folder: string;
  /** Ends own servers and deletes the folder. */
  readonly stop: () => Promise<void>;
}

/** Whether POSTGRES_URL or RABBITMQ_URL names an external server; no environment has own servers then. */
export function hasExternalServers(): boolean {
  return Boolean(process.env['POSTGRES_URL'] || process.env['RABBITMQ_URL']);
}

/** @throws ServerNotFoundError if {@link hasExternalServers}, or if a server cannot be started */
export async function startOwnServers(report: (line: string) => void): Promise<EnvironmentServers> {
  if (hasExternalServers())
    throw new ServerNotFoundError(
      'Faults crash the servers, so external servers are refused: unset POSTGRES_URL and RABBITMQ_URL.',
    );
  const { postgres, rabbitmq, folder, stop } = await startLocalServers({ report });
  const { server: broker, rabbitmqctl } = rabbitmq;
  if (!postgres.server || !broker || !rabbitmqctl) {
    await stop();
    throw new Error('a local server has no control to stop and start it');
  }
  return {
    databaseAccess: postgres.access,
    brokerAccess: rabbitmq.access,
    own: { postgres: postgres.server, broker, rabbitmqctl },
    folder,
    stop,
  };
}

/** Adds a folder for logs to running servers, which stay running after `stop`. */
export async function useSharedServers(access: ServerAccess): Promise<EnvironmentServers> {
  const run = await createRunFolder();
  return { ...access, own: undefined, folder: run.path, stop: () => removeRunFolder(run) };
}
