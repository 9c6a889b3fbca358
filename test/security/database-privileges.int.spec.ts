import { Client } from 'pg';
import { afterAll, describe, expect, test } from 'vitest';

import { services } from '#contracts';
import { databases, provisionedDatabases } from './provisioned.js';

const { logins, databaseUrls } = await provisionedDatabases();

/** Tables with pruning. No program deletes rows of another table. */
const PRUNED = new Set([
  'crash_marks',
  'dead_letters',
  'gateway_operations',
  'idempotency_keys',
  'inbox',
  'operator_log',
  'outbox',
]);

/** Histories: rows are never updated. */
const APPEND_ONLY = new Set([
  'erased_orders',
  'operator_log',
  'order_lines',
  'order_transitions',
  'product_prices',
  'stock_receipts',
]);

const INSUFFICIENT_PRIVILEGE = '42501';

const clients: Client[] = [];
afterAll(() => Promise.all(clients.map((client) => client.end())));

async function connectTo(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  clients.push(client);
  await client.connect();
  return client;
}

/** Runs a statement and rolls it back. @returns the SQLSTATE of its error */
async function tryStatement(client: Client, sql: string): Promise<string | undefined> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  } finally {
    await client.query('ROLLBACK');
  }
}

/** Attempts a statement. A permitted one may fail for another reason, for example a missing value. */
async function isForbidden(client: Client, sql: string): Promise<boolean> {
  return (await tryStatement(client, sql)) === INSUFFICIENT_PRIVILEGE;
}

/** Reads every table with its columns from the catalog, so the test covers additions. */
async function listTables(url: string): Promise<{ table: string; columns: string[] }[]> {
  const { rows } = await (
    await connectTo(url)
  ).query<{ table: string; columns: string[] }>(
    `SELECT relname AS table, array_agg(attname::text ORDER BY attnum) AS columns
     FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
     GROUP BY relname ORDER BY relname`,
  );
  return rows;
}

const tables = {
  order: await listTables(databaseUrls.order),
  inventory: await listTables(databaseUrls.inventory),
  payment: await listTables(databaseUrls.payment),
};

const STATEMENTS: Readonly<Record<string, (table: string, column: string) => string>> = {
  SELECT: (table) => `SELECT FROM ${table}`,
  INSERT: (table) => `INSERT INTO ${table} DEFAULT VALUES`,
  UPDATE: (table, column) => `UPDATE ${table} SET ${column} = DEFAULT WHERE false`,
  DELETE: (table) => `DELETE FROM ${table} WHERE false`,
  TRUNCATE: (table) => `TRUNCATE ${table}`,
};

/** The privileges of a role on each table: `SELECT, INSERT, UPDATE (attempts)`. */
async function probePrivileges(
  client: Client,
  service: (typeof services)[number],
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { table, columns } of tables[service]) {
    const allowed: string[] = [];
    for (const [privilege, sql] of Object.entries(STATEMENTS)) {
      if (privilege !== 'UPDATE') {
        if (!(await isForbidden(client, sql(table, '')))) allowed.push(privilege);
        continue;
      }
      const updatable: string[] = [];
      for (const column of columns)
        if (!(await isForbidden(client, sql(table, column)))) updatable.push(column);
      if (updatable.length === columns.length) allowed.push('UPDATE');
      else if (updatable.length > 0) allowed.push(`UPDATE (${updatable.sort().join(', ')})`);
    }
    found[table] = allowed.join(', ');
  }
  return found;
}

/** The declaration beside the migrations, in the form of {@link probePrivileges}. */
function declaredPrivileges(
  service: (typeof services)[number],
  role: 'service' | 'operator' | 'auditor',
): Record<string, string> {
  const permissions = { migrations: {}, ...databases[service].privileges };
  const entries = Object.entries(permissions).map(
    ([table, each]: [string, { service?: string; operator?: string }]) => {
      if (role === 'service') return [table, each.service ?? ''];
      const more = role === 'operator' ? each.operator : undefined;
      return [table, more === undefined ? 'SELECT' : `SELECT, ${sortColumns(more)}`];
    },
  );
  return Object.fromEntries(entries) as Record<string, string>;
}

function sortColumns(privileges: string): string {
  return privileges.replace(/\((.*)\)/, (_, columns: string) => `(${columns.split(', ').sort().join(', ')})`);
}

describe.each(services)('the role of %s at run time', (service) => {
  const databaseUrl = logins.databaseUrls[service];

  test('has exactly the privileges declared beside the migrations', async () => {
    const found = await probePrivileges(await connectTo(databaseUrl), service);
    expect(found).toEqual(declaredPrivileges(service, 'service'));
    expect(Object.keys(found)).toHaveLength(tables[service].length);
    const having = (privilege: string): string[] =>
      Object.keys(found).filter((table) => found[table]!.includes(privilege));
    expect(having('DELETE').filter((table) => !PRUNED.has(table))).toEqual([]);
    expect(having('UPDATE').filter((table) => APPEND_ONLY.has(table))).toEqual([]);
    expect(having('TRUNCATE')).toEqual([]);
  });

  test('can make, change and drop nothing, and cannot become the owner', async () => {
    const client = await connectTo(databaseUrl);
    const owner = decodeURIComponent(new URL(logins.ownerUrls[service]).username);
    const ddl = [
      'CREATE TABLE mine (id integer)',
      'CREATE TEMP TABLE mine (id integer)',
      'CREATE VIEW mine AS SELECT 1',
      'CREATE SCHEMA mine',
      'CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$',
      `SET ROLE "${owner}"`,
      'CREATE ROLE mine',
      'CREATE DATABASE mine',
      ...tables[service].flatMap(({ table, columns: [column] }) => [
        `DROP TABLE ${table}`,
        `ALTER TABLE ${table} ADD mine integer`,
        `ALTER TABLE ${table} DISABLE TRIGGER USER`,
        `CREATE INDEX ON ${table} (${column})`,
      ]),
    ];
    const done: string[] = [];
    // CREATE DATABASE fails in every transaction, with any privileges.
    for (const sql of ddl.filter((each) => !each.startsWith('CREATE DATABASE')))
      if (!(await isForbidden(client, sql))) done.push(sql);
    expect(done).toEqual([]);
    await expect(client.query('CREATE DATABASE mine')).rejects.toMatchObject({
      code: INSUFFICIENT_PRIVILEGE,
    });
  });

  test('connects only to its own database, with its own password', async () => {
    for (const other of services) {
      const url = new URL(databaseUrl);
      url.pathname = new URL(databaseUrls[other]).pathname;
      for (const as of [url.href, withDatabase(logins.ownerUrls[service], url)]) {
        const connected = connectOnce(as);
        if (other === service) await connected;
        else await expect(connected).rejects.toMatchObject({ code: INSUFFICIENT_PRIVILEGE });
      }
    }
    const guessed = Object.assign(new URL(databaseUrl), { password: 'guessed' }).href;
    await expect(connectOnce(guessed)).rejects.toMatchObject({ code: '28P01' });
  });

  test('has timeouts for statements, locks and idle transactions', async () => {
    const client = await connectTo(databaseUrl);
    const settings = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
    const shown: (string | undefined)[] = [];
    for (const name of settings) shown.push(await showSetting(client, name));
    expect(shown).toEqual(['30s', '10s', '30s']);
  });

  test('can take advisory locks and read pg_locks', async () => {
    const client = await connectTo(databaseUrl);
    const sql = `SELECT pg_try_advisory_lock(1), pg_advisory_unlock(1), (SELECT count(*) FROM pg_locks) > 0 AS seen`;
    expect((await client.query(sql)).rows[0]).toEqual({
      pg_try_advisory_lock: true,
      pg_advisory_unlock: true,
      seen: true,
    });
  });
});

test.each(services)(
  'in the database of %s the auditor reads every table and writes none',
  async (service) => {
    const client = await connectTo(logins.auditorUrls[service]);
    expect(await showSetting(client, 'default_transaction_read_only')).toBe('on');
    // Lifted: the privileges must refuse writes as well.
    await client.query('SET default_transaction_read_only = off');
    expect(await probePrivileges(client, service)).toEqual(declaredPrivileges(service, 'auditor'));
  },
);

test.each(services)(
  'in the database of %s an operator reads every table and writes what is declared',
  async (service) => {
    const client = await connectTo(logins.operatorUrls[service]);
    expect(await probePrivileges(client, service)).toEqual(declaredPrivileges(service, 'operator'));
  },
);

function withDatabase(url: string, { pathname }: URL): string {
  return Object.assign(new URL(url), { pathname }).href;
}

async function connectOnce(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
  } finally {
    await client.end().catch(() => {});
  }
}

async function showSetting(client: Client, setting: string): Promise<string | undefined> {
  const { rows } = await client.query<Record<string, string>>(`SHOW ${setting}`);
  return rows[0]?.[setting];
}
