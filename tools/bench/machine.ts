import { execFile } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { REPOSITORY_ROOT } from '../client/repository-root.js';
import type { LocalServers } from '../local/servers.js';

/** Where the figures come from: without it they say little. */
export interface Machine {
  readonly cores: number;
  readonly model: string;
  readonly memoryGb: number;
  /** Processes that wanted a core in the minute before: much above 0, and others had a share of the machine. */
  readonly loadAverage: number;
  readonly system: string;
  readonly node: string;
  readonly postgres: string;
  readonly rabbitmq: string;
  /** What PostgreSQL does at a commit: `fsync=on synchronous_commit=on full_page_writes=on`. */
  readonly durability: string;
}

export async function describeMachine({ postgres, rabbitmq }: LocalServers): Promise<Machine> {
  const processors = cpus();
  return {
    cores: processors.length,
    model: processors[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    loadAverage: loadavg()[0] ?? 0,
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    postgres: postgres.description.split(',')[0] ?? '',
    rabbitmq: rabbitmq.description.split(',')[0] ?? '',
    durability: await readDurability(postgres.access.adminUrl),
  };
}

/** `1a2b3c4`, with `-dirty` behind it where files differ; undefined outside a git clone. */
export async function describeCommit(): Promise<string | undefined> {
  const args = ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'];
  return promisify(execFile)('git', args, { cwd: REPOSITORY_ROOT }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

async function readDurability(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; setting: string }>(
      `SELECT name, setting FROM pg_settings
       WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') ORDER BY name`,
    );
    return rows.map(({ name, setting }) => `${name}=${setting}`).join(' ');
  } finally {
    await client.end();
  }
}
