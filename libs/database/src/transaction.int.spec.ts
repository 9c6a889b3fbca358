import { Pool } from 'pg';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { testDatabase } from '../../test-support/servers.js';
import { openLink } from '../../test-support/open-link.js';
import { isTransient } from './errors.js';
import { runInTransaction, statement, type Transaction } from './transaction.js';

const databaseUrl = await testDatabase();
const administrator = new Pool({ connectionString: databaseUrl, max: 2 });
afterAll(() => administrator.end());
await administrator.query('CREATE TABLE notes (text text UNIQUE)');

beforeEach(async () => {
  await administrator.query('TRUNCATE notes');
});

const ADD = statement('add', 'INSERT INTO notes VALUES ($1)');
const TEXTS = statement('texts', 'SELECT text FROM notes ORDER BY text');
const PID = statement('pid', 'SELECT pg_backend_pid() AS pid');
const SLEEP = statement('sleep', 'SELECT pg_sleep(30)');

function testPool(settings: { url?: string; query_timeout?: number } = {}): Pool {
  const { url = databaseUrl, ...rest } = settings;
  const pool = new Pool({ connectionString: url, max: 1, pipeline: true, ...rest });
  pool.on('error', () => {}); // the pool replaces idle connections
  onTestFinished(() => pool.end());
  return pool;
}

async function notes(): Promise<string[]> {
  const { rows } = await administrator.query<{ text: string }>('SELECT text FROM notes ORDER BY text');
  return rows.map(({ text }) => text);
}

async function backendPid(tx: Transaction): Promise<number> {
  const [row] = await tx.query<{ pid: number }>(PID);
  return row!.pid;
}

async function terminate(pid: number): Promise<void> {
  await administrator.query('SELECT pg_terminate_backend($1)', [pid]);
  await expect.poll(() => waitEvent(pid)).toBe('gone');
}

async function waitEvent(pid: number): Promise<string> {
  const sql = 'SELECT wait_event FROM pg_stat_activity WHERE pid = $1';
  const { rows } = await administrator.query<{ wait_event: string | null }>(sql, [pid]);
  return rows[0] ? (rows[0].wait_event ?? 'none') : 'gone';
}

test('commit listeners run in order, when the commit is visible', async () => {
  const calls: string[] = [];
  let seenByOthers: Promise<string[]> | undefined;
  const result = await runInTransaction(testPool(), async (tx) => {
    tx.onCommit(() => calls.push('first'));
    tx.onCommit(() => {
      seenByOthers = notes();
    });
    tx.onCommit(() => calls.push('last'));
    await tx.query(ADD, ['a']);
    expect(calls).toEqual([]);
    return 'result';
  });
  expect(result).toBe('result');
  expect(calls).toEqual(['first', 'last']);
  expect(await seenByOthers).toEqual(['a']);
});

test('failed work is rolled back, and its connection is reused', async () => {
  const pool = testPool();
  const failure = new Error('work failed');
  let calls = false;
  const failed = runInTransaction(pool, async (tx) => {
    tx.onCommit(() => (calls = true));
    await tx.query(ADD, ['a']);
    throw failure;
  });
  await expect(failed).rejects.toBe(failure);
  await runInTransaction(pool, (tx) => tx.query(ADD, ['b']));
  expect(await notes()).toEqual(['b']);
  expect(calls).toBe(false);
  expect(pool.totalCount).toBe(1);
});

test('either commit or rollback listeners are called', async () => {
  const calls: string[] = [];
  const listen = (tx: Transaction, label: string): void => {
    tx.onCommit(() => calls.push(`${label} committed`));
    tx.onRollback(() => calls.push(`${label} rolled back`));
  };
  await runInTransaction(testPool(), async (tx) => {
    listen(tx, 'first');
    await tx.query(ADD, ['a']);
  });
  const failed = runInTransaction(testPool(), async (tx) => {
    listen(tx, 'second');
    await tx.query(ADD, ['a']);
  });
  await expect(failed).rejects.toThrow('duplicate key');
  expect(calls).toEqual(['first committed', 'second rolled back']);
});

describe('statements sent with COMMIT', () => {
  test('are committed, and their commit listeners are called', async () => {
    const calls: string[] = [];
    await runInTransaction(testPool(), async (tx) => {
      await tx.query(ADD, ['a']);
      const added = tx.query(ADD, ['b']).then(() => tx.onCommit(() => calls.push('committed')));
      tx.sendWithCommit(added);
    });
    expect(await notes()).toEqual(['a', 'b']);
    expect(calls).toEqual(['committed']);
  });

  test('roll back the transaction when one of them fails', async () => {
    const pool = testPool();
    const calls: string[] = [];
    const failed = runInTransaction(pool, async (tx) => {
      tx.onCommit(() => calls.push('committed'));
      tx.onRollback(() => calls.push('rolled back'));
      await tx.query(ADD, ['a']);
      tx.sendWithCommit(tx.query(ADD, ['b']), tx.query(ADD, ['a']), tx.query(ADD, ['c']));
    });
    await expect(failed).rejects.toThrow('duplicate key');
    await runInTransaction(pool, (tx) => tx.query(ADD, ['d']));
    expect(await notes()).toEqual(['d']);
    expect(calls).toEqual(['rolled back']);
    expect(pool.totalCount).toBe(1);
  });

  test('are not committed when `work` fails, or sending fails', async () => {
    const pool = testPool();
    const failure = new Error('work failed');
    const failed = runInTransaction(pool, async (tx) => {
      tx.sendWithCommit(tx.query(ADD, ['a']));
      throw failure;
    });
    await expect(failed).rejects.toBe(failure);
    const unsent = runInTransaction(pool, async (tx) => {
      await tx.query(ADD, ['b']);
      tx.sendWithCommit(Promise.reject(failure));
    });
    await expect(unsent).rejects.toBe(failure);
    expect(await notes()).toEqual([]);
    expect(pool.totalCount).toBe(1);
  });
});

describe('statements started together', () => {
  test('run in call order', async () => {
    const [, first, , both] = await runInTransaction(testPool(), (tx) =>
      Promise.all([tx.query(ADD, ['a']), tx.query(TEXTS), tx.query(ADD, ['b']), tx.query(TEXTS)]),
    );
    expect([first, both]).toEqual([[{ text: 'a' }], [{ text: 'a' }, { text: 'b' }]]);
  });

  test('fail with the first failure and are rolled back', async () => {
    const pool = testPool();
    const failed = runInTransaction(pool, (tx) =>
      Promise.all([tx.query(ADD, ['a']), tx.query(ADD, ['a']), tx.query(ADD, ['b'])]),
    );
    await expect(failed).rejects.toThrow('duplicate key');
    await runInTransaction(pool, (tx) => tx.query(ADD, ['c']));
    expect(await notes()).toEqual(['c']);
    expect(pool.totalCount).toBe(1);
  });
});

test('an ignored statement error is not reported as a commit', async () => {
  let calls = false;
  const failed = runInTransaction(testPool(), async (tx) => {
    tx.onCommit(() => (calls = true));
    await tx.query(ADD, ['a']);
    await tx.query(ADD, ['a']).catch(() => {});
  });
  await expect(failed).rejects.toThrow('`work` ignored the error of a statement');
  expect(await notes()).toEqual([]);
  expect(calls).toBe(false);
});

describe('a terminated session is a transient error:', () => {
  async function expectTransient(pool: Pool, outcome: Promise<unknown>): Promise<void> {
    await expect(outcome).rejects.toSatisfy(isTransient);
    await runInTransaction(pool, (tx) => tx.query(ADD, ['after']));
    expect(await notes()).toEqual(['after']);
  }

  test('while the pool passes it on', async () => {
    const { link, url } = await openLink(databaseUrl);
    const pool = testPool({ url });
    const [row] = (await pool.query<{ pid: number }>(PID)).rows;
    const locker = await administrator.connect();
    await locker.query('BEGIN; LOCK notes');
    const before = pool.query(TEXTS);
    await expect.poll(() => waitEvent(row!.pid)).toBe('relation');
    const outcome = runInTransaction(pool, (tx) => tx.query(ADD, ['a']));
    outcome.catch(() => {}); // awaited below
    link.blackHole(); // so that the result and the end of the session arrive in one chunk
    await locker.query('COMMIT');
    locker.release();
    await expect.poll(() => waitEvent(row!.pid)).toBe('ClientRead');
    await terminate(row!.pid);
    await link.restore();
    expect((await before).rows).toEqual([]);
    await expectTransient(pool, outcome);
  });

  test('between two statements', async () => {
    const pool = testPool();
    const outcome = runInTransaction(pool, async (tx) => {
      await tx.query(ADD, ['a']);
      await terminate(await backendPid(tx));
      await tx.query(ADD, ['b']);
    });
    await expectTransient(pool, outcome);
  });

  test('after the last statement', async () => {
    const pool = testPool();
    const outcome = runInTransaction(pool, async (tx) => {
      await tx.query(ADD, ['a']);
      await terminate(await backendPid(tx));
    });
    await expectTransient(pool, outcome);
  });

  test('during a statement', async () => {
    const pool = testPool();
    const outcome = runInTransaction(pool, async (tx) => {
      const pid = await backendPid(tx);
      const sleep = tx.query(SLEEP);
      await Promise.all([
        sleep,
        expect
          .poll(() => waitEvent(pid))
          .toBe('PgSleep')
          .then(() => terminate(pid)),
      ]);
    });
    await expectTransient(pool, outcome);
  });

  test('during the commit', async () => {
    const pool = testPool();
    let pid = 0;
    const deferred = statement('deferred', "INSERT INTO slow_to_commit VALUES ('x')");
    await administrator.query(`
      CREATE TABLE slow_to_commit (text text);
      CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(30); RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER pause AFTER INSERT ON slow_to_commit DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION pause()`);
    const outcome = runInTransaction(pool, async (tx) => {
      pid = await backendPid(tx);
      await tx.query(deferred);
    });
    outcome.catch(() => {}); // awaited below
    await expect.poll(() => waitEvent(pid)).toBe('PgSleep');
    await terminate(pid);
    await expectTransient(pool, outcome);
  });
});

test('an unresponsive connection is closed after the timeout', async () => {
  const { link, url } = await openLink(databaseUrl);
  const pool = testPool({ url, query_timeout: 300 });
  const outcome = runInTransaction(pool, async (tx) => {
    await tx.query(ADD, ['a']);
    link.blackHole();
    await tx.query(ADD, ['b']);
  });
  await expect(outcome).rejects.toSatisfy(isTransient);
  await link.restore();
  await runInTransaction(pool, (tx) => tx.query(ADD, ['after']));
  expect(await notes()).toEqual(['after']);
});
