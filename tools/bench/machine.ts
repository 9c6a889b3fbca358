import { execFile } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { REPOSITORY_ROOT } from '../client/repository-root.js';
import type { LocalServers } from '../local/servers.js';

/** The hardware and the versions that a run used. */
export interface Machine {
  readonly cores: number;
  readonly model: string;
  readonly memoryGb: number;
  /** The 1-minute load average before the run. Much above 0, other programs used the cores. */
  readonly loadAverage: number;
  readonly system: string;
  readonly node: string;
  readonly postgres: string;
  readonly rabbitmq: string;
  /** PostgreSQL's durability settings: `fsync=on full_page_writes=on synchronous_commit=on`. */
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

/** `1a2b3c4d5e6f`, with the suffix `-dirty` when tracked files differ; undefined outside a git clone. */
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
