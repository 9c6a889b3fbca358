import { freePort } from './ports.js';
import { ServiceProcess } from './service-process.js';

/**
 * Starts another process of a service that runs: the configuration is that of `first`, except for the HTTP port, which
 * is a free one, and `env`. Its log and pid file are those of `first` with `-<number>` in the name. The caller stops it.
 *
 * @throws {ServerFailedError} when the replica ends before it is ready, or is not ready in time
 */
export async function startReplica(
  first: ServiceProcess,
  number: number,
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const { name, env: configuration, logFile } = first.options;
  const port = await freePort();
  const file = `${logFile.replace(/\.log$/, '')}-${number}`;
  return ServiceProcess.start({
    name,
    url: `http://127.0.0.1:${port}`,
    env: { ...configuration, [`${name.toUpperCase()}_HTTP_PORT`]: String(port), ...env },
    logFile: `${file}.log`,
    pidFile: `${file}.pid`,
  });
}
