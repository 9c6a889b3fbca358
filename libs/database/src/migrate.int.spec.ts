import type { MigrationInterface, QueryRunner } from 'typeorm';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { testDatabase } from '../../test-support/servers.js';
import { createIndexConcurrently } from './create-index-concurrently.js';
import { migrate } from './migrate.js';

const url = await testDatabase();
let admin: Client;

beforeAll(async () => {
  admin = await connect();
  await admin.query('CREATE TABLE books (id integer PRIMARY KEY, shelf text)');
  await admin.query(`INSERT INTO books SELECT n, 'front' FROM generate_series(1, 10000) AS n`);
});

afterAll(() => admin.end());

/** A migration with this `up`; TypeORM orders migrations by the timestamps at the end of their names. */
function migration(timestamp: number, transaction: boolean, up: (runner: QueryRunner) => Promise<unknown>) {
  return class implements MigrationInterface {
    readonly name = `Migration${timestamp}`;
    readonly transaction = transaction;

    async up(runner: QueryRunner): Promise<void> {
      await up(runner);
    }

    down(): Promise<void> {
      return Promise.resolve();
    }
  };
}

const CreateShelves = migration(1000000000001, true, (runner) =>
  runner.query('CREATE TABLE shelves (name text)'),
);
const IndexBooks = migration(1000000000002, false, (runner) =>
  createIndexConcurrently(runner, 'books_by_shelf', 'ON books (shelf)'),
);
const AddColumn = migration(1000000000003, true, (runner) =>
  runner.query('ALTER TABLE books ADD COLUMN title text'),
);

const lines: string[] = [];

function run(...migrations: (new () => MigrationInterface)[]): Promise<string[]> {
  const applied = migrate({
    url,
    applicationName: 'migrate',
    migrations,
    lockTimeoutMs: 300,
    retryPauseMs: 100,
    report: (line) => lines.push(line),
  });
  applied.catch(() => {}); // awaited by the test
  return applied;
}

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

/** A session of a service: it waits at most 3 s for a lock. */
async function connectWriter(): Promise<Client> {
  const client = await connect();
  onTestFinished(() => client.end());
  await client.query('SET lock_timeout = 3000');
  return client;
}

/** Whether a session of the migration waits for a lock of this kind. */
async function isWaiting(lockType: string): Promise<boolean> {
  const { rowCount } = await admin.query(
    `SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE application_name = 'migrate' AND locktype = $1 AND NOT granted`,
    [lockType],
  );
  return rowCount !== 0;
}

async function isIndexValid(): Promise<boolean | undefined> {
  const { rows } = await admin.query<{ indisvalid: boolean }>(
    `SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('books_by_shelf')`,
  );
  return rows[0]?.indisvalid;
}

test('concurrent migrations wait for each other and run once', async () => {
  const other = await connect();
  onTestFinished(() => other.end());
  await other.query('SELECT pg_advisory_lock(7240101)'); // like a program during a long migration
  const applied = Promise.all([run(CreateShelves), run(CreateShelves)]);
  const sessions = `SELECT count(*)::integer AS n FROM pg_stat_activity
    WHERE application_name = 'migrate' AND query LIKE '%pg_try_advisory_lock%'`;
  const waiters = async (): Promise<number> => (await other.query<{ n: number }>(sessions)).rows[0]!.n;
  await expect.poll(waiters).toBe(2);
  await other.query('SELECT pg_sleep(0.6)'); // longer than lockTimeoutMs
  expect(await waiters()).toBe(2);
  await other.query('SELECT pg_advisory_unlock(7240101)');
  expect((await applied).flat()).toEqual(['Migration1000000000001']);
  expect(await run(CreateShelves)).toEqual([]);
});

test('a migration has no statement timeout, and a short lock timeout', async () => {
  await admin.query(`ALTER DATABASE ${admin.database} SET statement_timeout = '100ms'`);
  onTestFinished(() => void admin.query(`ALTER DATABASE ${admin.database} RESET statement_timeout`));
  let settings: unknown;
  const Slow = migration(1000000000004, true, async (runner) => {
    await runner.query('SELECT pg_sleep(0.3)');
    settings = await runner.query(
      `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock`,
    );
  });
  await run(Slow);
  expect(settings).toEqual([{ statement: '0', lock: '300ms' }]);
});

test('a writer continues while an index is built on its table', async () => {
  const [longWriter, writer] = [await connectWriter(), await connectWriter()];
  await longWriter.query('BEGIN');
  await longWriter.query(`INSERT INTO books VALUES (10001, 'back')`);
  const applied = run(IndexBooks);
  // The build waits for transactions that began before it.
  await expect.poll(() => isWaiting('virtualxid')).toBe(true);
  await writer.query(`INSERT INTO books VALUES (10002, 'back')`);
  // A second program, such as a repeated Job, waits without blocking the build.
  const second = run(IndexBooks);
  await longWriter.query('COMMIT');
  expect(await applied).toEqual(['Migration1000000000002']);
  expect(await second).toEqual([]);
  expect(await isIndexValid()).toBe(true);
});

test('an index that an interrupted build left invalid is built again', async () => {
  await admin.query('DROP INDEX IF EXISTS books_by_shelf');
  const longWriter = await connectWriter();
  await longWriter.query('BEGIN');
  await longWriter.query(`INSERT INTO books VALUES (10003, 'back')`);
  const IndexAgain = migration(1000000000005, false, (runner) =>
    createIndexConcurrently(runner, 'books_by_shelf', 'ON books (shelf)'),
  );
  const interrupted = run(IndexAgain);
  await expect.poll(() => isWaiting('virtualxid')).toBe(true);
  await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'migrate' AND query LIKE 'CREATE INDEX%'`,
  );
  await expect(interrupted).rejects.toThrow();
  expect(await isIndexValid()).toBe(false);
  await longWriter.query('COMMIT');
  expect(await run(IndexAgain)).toEqual(['Migration1000000000005']);
  expect(await isIndexValid()).toBe(true);
});

test('a migration that waits for a reader blocks writers briefly, and is retried', async () => {
  const [reader, writer] = [await connectWriter(), await connectWriter()];
  await reader.query('BEGIN');
  await reader.query('SELECT FROM books LIMIT 1');
  lines.length = 0;
  const applied = run(AddColumn);
  await expect.poll(() => isWaiting('relation')).toBe(true);
  // Waits behind the migration, whose lock request times out.
  await writer.query(`INSERT INTO books VALUES (10004, 'back')`);
  await expect.poll(() => lines.length).toBeGreaterThan(1);
  await writer.query(`INSERT INTO books VALUES (10005, 'back')`);
  await reader.query('COMMIT');
  expect(await applied).toEqual(['Migration1000000000003']);
  expect(lines[0]).toMatch(/^waiting for a lock .* retry 1 /);
});

test('a migration that gets no lock in time fails, and the next run continues', async () => {
  const reader = await connectWriter();
  await reader.query('BEGIN');
  await reader.query('SELECT FROM books LIMIT 1');
  const first = migration(1000000000006, true, (runner) => runner.query('CREATE TABLE rooms (name text)'));
  const blocked = migration(1000000000007, true, (runner) =>
    runner.query('ALTER TABLE books ADD COLUMN pages integer'),
  );
  const options = { url, applicationName: 'migrate', migrations: [first, blocked], lockTimeoutMs: 50 };
  await expect(migrate({ ...options, retryForMs: 200, retryPauseMs: 50 })).rejects.toMatchObject({
    code: '55P03',
  });
  await reader.query('COMMIT');
  expect(await migrate(options)).toEqual(['Migration1000000000007']);
});
