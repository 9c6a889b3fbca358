import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';

import { freePort } from '../../tools/local/ports.js';
import { ServerProcess } from '../../tools/local/server-process.js';

export type PrometheusProgram = 'prometheus' | 'promtool' | 'amtool';

/**
 * The path of a program of Debian's packages prometheus and prometheus-alertmanager. Without it the test is skipped with
 * the reason, and fails when `CI` is set.
 */
export async function requireProgram(program: PrometheusProgram, { skip }: TestContext): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, program);
    if (await isExecutable(path)) return path;
  }
  const problem = `${program} is not on the PATH: apt-get install prometheus prometheus-alertmanager`;
  if (process.env['CI'] !== undefined) throw new Error(problem);
  return skip(problem);
}

/** Runs a program in `cwd` with this standard input. @returns its output @throws Error with the output if it fails */
export function runProgram(
  path: string,
  args: readonly string[],
  { cwd, input = '' }: { cwd?: string; input?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(path, [...args], { cwd, timeout: 120_000 }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`;
      if (error) reject(new Error(`${path} ${args.join(' ')} failed\n${output}`, { cause: error }));
      else resolve(output);
    });
    child.stdin?.end(input);
  });
}

/** Starts Prometheus on a free port of 127.0.0.1, with its data in `folder`. Resolves when it is ready; the caller stops it. */
export async function startPrometheus(
  path: string,
  configFile: string,
  folder: string,
): Promise<{ readonly url: string; readonly stop: () => Promise<unknown> }> {
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = new ServerProcess({
    name: 'Prometheus',
    command: path,
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
    logFile: join(folder, 'prometheus.log'),
  });
  await server.start();
  try {
    await server.waitUntil(() => isReady(url), 60_000);
  } catch (error) {
    await server.kill();
    throw error;
  }
  return { url, stop: () => server.stop() };
}

function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, 1).then(
    () => true,
    () => false,
  );
}
