import type { RabbitmqInstance } from './rabbitmq-instance.js';
import { connectExternalPostgres, type PostgresInstance, startLocalPostgres } from './postgres.js';
import { findRabbitmq } from './rabbitmq.js';
import { createRunFolder, removeRunFolder } from './run-folder.js';
import { onShutdown } from './shutdown.js';

export interface LocalServersOptions {
  /** Told what is going on, a line at a time. */
  report: (line: string) => void;
  /** Install what is missing without asking, also on a terminal. Default: in CI (`CI` is set). */
  assumeYes?: boolean;
}

/** PostgreSQL and RabbitMQ, ready to be used. */
export interface LocalServers {
  postgres: PostgresInstance;
  rabbitmq: RabbitmqInstance;
  /** A folder for logs and the like, deleted by {@link stop}. */
  folder: string;
  /** Ends or empties both, and deletes the folder. May be called again. */
  stop(): Promise<void>;
}

/**
 * Finds or starts PostgreSQL and RabbitMQ, both at the same time.
 *
 * `POSTGRES_URL` and `RABBITMQ_URL` (with `RABBITMQ_MANAGEMENT_URL`) name running ones; what is ours in them has a
 * prefix of its own, and nothing else there is touched. Otherwise they are private instances on free ports of
 * 127.0.0.1, with their data in a folder of this run. They end when {@link LocalServers.stop} is called, when
 * this process is told to end, and at the latest, if it was killed with SIGKILL, at the next start.
 *
 * @throws {Unavailable} when one cannot be had; the message is for the reader, and says what to do.
 */
export async function startLocalServers(options: LocalServersOptions): Promise<LocalServers> {
  const { report, assumeYes = process.env['CI'] !== undefined } = options;
  const { POSTGRES_URL, RABBITMQ_URL, RABBITMQ_MANAGEMENT_URL } = process.env;
  const run = await createRunFolder();
  for (const id of run.staleRuns) report(`Cleaned up after run ${id}, which had no time to`);

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
  // Both to their end, even if one fails: what has been started must be known to be stopped.
  const [postgres, rabbitmq] = await Promise.allSettled([
    start(() => (POSTGRES_URL ? connectExternalPostgres(POSTGRES_URL, run) : startLocalPostgres(run))),
    start(() =>
      findRabbitmq(run, { report, assumeYes, url: RABBITMQ_URL, managementUrl: RABBITMQ_MANAGEMENT_URL }),
    ),
  ]);
  if (postgres.status === 'fulfilled' && rabbitmq.status === 'fulfilled') {
    return { postgres: postgres.value, rabbitmq: rabbitmq.value, folder: run.path, stop };
  }
  await stop();
  throw [postgres, rabbitmq].find((result) => result.status === 'rejected')?.reason;
}
