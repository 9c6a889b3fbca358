import { execute, IMAGE } from './compose.js';

/** Timeout of a build that downloads packages on a busy machine. */
const BUILD_TIMEOUT_MS = 900_000;

/** Runs once before all compose tests: builds the image from the clone. @throws Error without a Docker engine */
export async function setup(): Promise<void> {
  const { code, output } = await execute('docker', ['info', '--format', '{{.ServerVersion}}']);
  if (code !== 0) throw new Error(`The compose tests need a Docker engine, and none responds:\n${output}`);
  const built = await execute('docker', ['build', '--quiet', '--tag', IMAGE, '.'], {
    timeoutMs: BUILD_TIMEOUT_MS,
  });
  if (built.code !== 0) throw new Error(`The image cannot be built:\n${built.output}`);
}
