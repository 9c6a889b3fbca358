import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CLONE } from '../../client/repository-root.js';
import { until } from '../../client/wait-until.js';

const RECORDER = join(CLONE, 'dist', 'tools', 'bench', 'profiling', 'recorder.js');

/** What Node.js must be told for {@link Recording} to record its process, once, into this file. */
export function recorderFor(file: string, compiled = RECORDER): string[] {
  const recorder = pathToFileURL(compiled);
  recorder.searchParams.set('file', pathToFileURL(file).href);
  return ['--import', recorder.href];
}

/** A CPU profile of a process that was started with {@link recorderFor}. */
export class Recording {
  private constructor(
    private readonly file: string,
    private readonly pid: number,
  ) {}

  /** Resolves when it records. */
  static async start(file: string, pid: number): Promise<Recording> {
    await mkdir(dirname(file), { recursive: true });
    await rm(file, { force: true }); // an earlier run's
    process.kill(pid, 'SIGUSR2');
    await until(
      `${file} begun`,
      () => sizeOf(file),
      (size) => size !== undefined,
    );
    return new Recording(file, pid);
  }

  /** Resolves to the profile, which the file then holds. */
  async stop(): Promise<Profiler.Profile> {
    process.kill(this.pid, 'SIGUSR2');
    await until(
      `${this.file} written`,
      () => sizeOf(this.file),
      (size) => size !== 0,
    );
    return JSON.parse(await readFile(this.file, 'utf8')) as Profiler.Profile;
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}
