import { Client } from 'pg';
import { type Service, services } from '#contracts';
import { type ByName, cpuOfRunning } from './measure.js';

/** Cumulative statistics of PostgreSQL, by service where it has them by database. */
export interface PostgresStats {
  /** CPU of the backends of each service's database, in µs; empty without `/proc`. */
  readonly cpuUs: ByName;
  readonly commits: ByName;
  /** WAL of all databases of the server. */
  readonly walBytes: number;
  /** Full-page images in the WAL: the first change of a page after a checkpoint writes the whole page. */
  readonly fullPageImages: number;
}

const BACKENDS = `
  SELECT pid, datname AS database FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = ANY ($1)`;
const COMMITS = `
  SELECT datname AS database, xact_commit::float AS commits FROM pg_stat_database WHERE datname = ANY ($1)`;
const WAL = 'SELECT wal_bytes::float AS bytes, wal_fpi::float AS pages FROM pg_stat_wal';

/** Reads {@link PostgresStats}. Connections opened or closed between two readings make the difference inexact. */
export async function readPostgresStats(
  databaseUrls: Readonly<Record<Service, string>>,
): Promise<PostgresStats> {
  const client = new Client({ connectionString: databaseUrls.order, application_name: 'bench' });
  await client.connect();
  try {
    const serviceOf = new Map(services.map((service) => [databaseName(databaseUrls[service]), service]));
    const names = [[...serviceOf.keys()]];
    const backends = await client.query<{ pid: number; database: string }>(BACKENDS, names);
    const commits = await client.query<{ database: string; commits: number }>(COMMITS, names);
    const wal = await client.query<{ bytes: number; pages: number }>(WAL);
    const cpu = cpuOfRunning(
      backends.rows.map(({ pid }) => ({ name: String(pid), pid, withDescendants: false })),
    );
    return {
      cpuUs: sumByName(backends.rows.map(({ pid, database }) => [serviceOf.get(database)!, cpu[pid] ?? 0])),
      commits: sumByName(commits.rows.map((row) => [serviceOf.get(row.database)!, row.commits])),
      walBytes: wal.rows[0]?.bytes ?? NaN,
      fullPageImages: wal.rows[0]?.pages ?? NaN,
    };
  } finally {
    await client.end();
  }
}

/** The size of each service's database, in bytes. */
export async function databaseSizes(databaseUrls: Readonly<Record<Service, string>>): Promise<ByName> {
  const client = new Client({ connectionString: databaseUrls.order, application_name: 'bench' });
  await client.connect();
  try {
    const sizes: [Service, number][] = [];
    for (const service of services) {
      const { rows } = await client.query<{ bytes: number }>('SELECT pg_database_size($1)::float AS bytes', [
        databaseName(databaseUrls[service]),
      ]);
      sizes.push([service, rows[0]?.bytes ?? NaN]);
    }
    return Object.fromEntries(sizes);
  } finally {
    await client.end();
  }
}

function databaseName(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

function sumByName(values: readonly (readonly [name: string, value: number])[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [name, value] of values) result[name] = (result[name] ?? 0) + value;
  return result;
}
