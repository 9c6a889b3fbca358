import { execute, IMAGE } from './compose.js';

/** With packages to fetch, on a busy machine. */
const BUILD_TIMEOUT_MS = 900_000;

/** Before all compose tests: an engine answers, and the image is built from what is in the clone. */
export async function setup(): Promise<void> {
  const { code, output } = await execute('docker', ['info', '--format', '{{.ServerVersion}}']);
  if (code !== 0) throw new Error(`The compose tests need a Docker engine, and none answers:\n${output}`);
  const built = await execute(
    'docker',
    ['build', '--quiet', '--tag', IMAGE, '.'],
    process.env,
    BUILD_TIMEOUT_MS,
  );
  if (built.code !== 0) throw new Error(`The image cannot be built:\n${built.output}`);
}
