import { Client } from 'pg';
import { type Service, services } from '#contracts';
import { type ByName, cpuNow } from './measure.js';

/** What PostgreSQL has done so far, as far as it can be told apart by service. */
export interface PostgresStats {
  /** CPU of the connections to each service's database, in microseconds; empty where processes cannot be measured. */
  readonly cpuUs: ByName;
  readonly commits: ByName;
  /** Written ahead, for all databases of the server. */
  readonly walBytes: number;
  /** Of these, whole pages: the first change of a page after a checkpoint writes all of it. */
  readonly fullPageImages: number;
}

const BACKENDS = `
  SELECT pid, datname AS database FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = ANY ($1)`;
const COMMITS = `
  SELECT datname AS database, xact_commit::float AS commits FROM pg_stat_database WHERE datname = ANY ($1)`;
const WAL = 'SELECT wal_bytes::float AS bytes, wal_fpi::float AS pages FROM pg_stat_wal';

/** Reads {@link PostgresStats}. Connections that came or went between two readings make their difference inexact. */
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
    const cpu = cpuNow(backends.rows.map(({ pid }) => ({ name: String(pid), pid, withDescendants: false })));
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

/** The size of each service's database. */
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

/** What each of these grew by, per one of `count`. */
export function increasePer(count: number, before: ByName, after: ByName): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, (value - (before[name] ?? 0)) / count]),
  );
}

function databaseName(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

function sumByName(values: readonly (readonly [name: string, value: number])[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [name, value] of values) result[name] = (result[name] ?? 0) + value;
  return result;
}
