import { z } from 'zod';
import { ConfigurationError, loadPartialConfig, url, variable } from '#config';
import type { RabbitmqInstance } from './rabbitmq-instance.js';
import { connectExternalPostgres, type PostgresInstance, startLocalPostgres } from './postgres.js';
import { findRabbitmq } from './rabbitmq.js';
import { createRunFolder, removeRunFolder } from './run-folder.js';
import { onShutdown } from './shutdown.js';

export interface LocalServersOptions {
  /** Receives one line of progress at a time. Required. */
  report: (line: string) => void;
  /** Install missing packages without confirmation. Default: true when `CI` is set. */
  assumeYes?: boolean;
}

/** PostgreSQL and RabbitMQ, ready for connections. */
export interface LocalServers {
  postgres: PostgresInstance;
  rabbitmq: RabbitmqInstance;
  /** The run's folder for logs and pid files, deleted by {@link stop}. */
  folder: string;
  /** Ends private servers, empties external ones and deletes the folder. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Connects to or starts PostgreSQL and RabbitMQ, concurrently.
 *
 * `POSTGRES_URL` and `RABBITMQ_URL` (with `RABBITMQ_MANAGEMENT_URL`) name external servers. The run creates and drops
 * only resources with its own name prefix there. `RABBITMQ_VERSION` starts that version in a container. Otherwise both are private instances on free ports of 127.0.0.1,
 * with their data in the run's folder. They end on {@link LocalServers.stop} or on SIGHUP, SIGINT or SIGTERM. After
 * SIGKILL, the next run ends them.
 *
 * @throws {ServerNotFoundError} when a server is neither found nor startable; the message lists the remedies.
 */
export async function startLocalServers(options: LocalServersOptions): Promise<LocalServers> {
  const { report, assumeYes = process.env['CI'] !== undefined } = options;
  const { postgresUrl, rabbitmqUrl, managementUrl, rabbitmqVersion } = readServerSettings(process.env);
  const run = await createRunFolder();
  for (const id of run.staleRuns) report(`Cleaned up after run ${id}, which was killed`);

  const started: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.close()));
    await removeRunFolder(run);
  };
  let closing: Promise<void> | undefined;
  const unregister = onShutdown(() => (closing ??= close()));
  const stop = (): Promise<void> => (closing ??= close()).finally(unregister);

  const start = async <T extends PostgresInstance | RabbitmqInstance>(
    begin: () => Promise<T>,
  ): Promise<T> => {
    const startedAt = performance.now();
    const server = await begin();
    started.push(server);
    report(`${server.description} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
    return server;
  };
  // Waits for both even if one fails: `stop` must know every server that started.
  const [postgres, rabbitmq] = await Promise.allSettled([
    start(() => (postgresUrl ? connectExternalPostgres(postgresUrl, run) : startLocalPostgres(run))),
    start(() =>
      findRabbitmq(run, { report, assumeYes, url: rabbitmqUrl, managementUrl, version: rabbitmqVersion }),
    ),
  ]);
  if (postgres.status === 'fulfilled' && rabbitmq.status === 'fulfilled') {
    return { postgres: postgres.value, rabbitmq: rabbitmq.value, folder: run.path, stop };
  }
  await stop();
  throw [postgres, rabbitmq].find((result) => result.status === 'rejected')?.reason;
}

/**
 * The URLs of external servers, undefined where a private one is started, and the version of RabbitMQ to start.
 *
 * @throws ConfigurationError that names the variable, never its value
 */
export function readServerSettings(env: NodeJS.ProcessEnv) {
  const { url: postgresUrl } = loadPartialConfig(
    'POSTGRES',
    z.object({ URL: url('postgres').optional() }),
    env,
  );
  const {
    url: rabbitmqUrl,
    managementUrl,
    version: rabbitmqVersion,
  } = loadPartialConfig(
    'RABBITMQ',
    z.object({
      URL: url('amqp').optional(),
      MANAGEMENT_URL: url('http').optional(),
      VERSION: version().optional(),
    }),
    env,
  );
  if (rabbitmqUrl && rabbitmqVersion) {
    const problem = 'cannot choose the version of the broker at RABBITMQ_URL; unset one of the two';
    throw new ConfigurationError([{ variable: 'RABBITMQ_VERSION', problem }]);
  }
  return { postgresUrl, rabbitmqUrl, managementUrl, rabbitmqVersion };
}

const version = () =>
  variable('a version such as 4.3', (input) => (/^\d+(\.\d+){0,2}$/.test(input) ? input : undefined));
