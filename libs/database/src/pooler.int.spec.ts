import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pgbouncer, startPgbouncer } from '../../test-support/pgbouncer.js';
import { openStartupFilter } from '../../test-support/startup-filter.js';
import { testDatabase } from '../../test-support/servers.js';
import { AdvisoryLockSession } from './advisory-lock-session.js';
import { Database, databaseOptions } from './database.js';
import { isRefusedForGood } from './errors.js';

const databaseUrl = await testDatabase();

/** The startup parameters beyond those of every PostgreSQL client. */
const IGNORED = 'options, statement_timeout, lock_timeout, idle_in_transaction_session_timeout';
const isOwnParameter = (name: string): boolean => IGNORED.split(', ').includes(name);

/** The settings of docs/how-to/deployment.md#pgbouncer, for the role of this spec. */
const ROLE_SETTINGS = {
  idle_session_timeout: '9s',
  statement_timeout: '10s',
  lock_timeout: '5s',
  idle_in_transaction_session_timeout: '15s',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
};

async function openPool(url: string): Promise<Database> {
  const dataSource = new DataSource({ ...databaseOptions({ url, applicationName: 'spec' }), logging: false });
  await dataSource.initialize();
  onTestFinished(() => dataSource.destroy());
  return new Database(dataSource);
}

/** Gives each new session of this database the settings, like `ALTER ROLE … SET` for the role of a service. */
async function setDefaults(): Promise<void> {
  const name = new URL(databaseUrl).pathname.slice(1);
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  for (const [setting, value] of Object.entries(ROLE_SETTINGS))
    await client.query(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
  await client.end();
}

const openers = [
  {
    name: 'a lock session',
    open: (url: string) => AdvisoryLockSession.open(url, 'spec'),
    lost: 'idle_session_timeout',
  },
  { name: 'a pool', open: openPool, lost: 'statement_timeout' },
];

describe.each(openers)('$name', ({ open, lost }) => {
  test('is refused at once when startup parameters are refused, by their name', async () => {
    const url = await openStartupFilter(databaseUrl, (name) => (isOwnParameter(name) ? 'refuse' : 'pass'));
    const error: unknown = await open(url).catch((refusal: unknown) => refusal);
    expect(error).toHaveProperty('message', expect.stringMatching(/unsupported startup parameter: \w+/));
    expect(isRefusedForGood(error)).toBe(true);
  });

  test('refuses a session whose settings were dropped, by their names', async () => {
    const url = await openStartupFilter(databaseUrl, (name) => (isOwnParameter(name) ? 'drop' : 'pass'));
    const error: unknown = await open(url).catch((refusal: unknown) => refusal);
    expect(error).toHaveProperty('message', expect.stringContaining(lost));
    expect(isRefusedForGood(error)).toBe(true);
  });
});

describe.skipIf(pgbouncer === undefined)('with PgBouncer', () => {
  test.each(openers)('$name names the parameter that pool_mode=session alone refuses', async ({ open }) => {
    const url = await startPgbouncer(databaseUrl, { pool_mode: 'session' });
    const error: unknown = await open(url).catch((refusal: unknown) => refusal);
    expect(error).toHaveProperty('message', expect.stringMatching(/unsupported startup parameter/));
    expect(isRefusedForGood(error)).toBe(true);
  });

  test.each(openers)('$name refuses settings that vanish', async ({ open, lost }) => {
    const settings = { pool_mode: 'session', ignore_startup_parameters: IGNORED };
    const url = await startPgbouncer(databaseUrl, settings);
    await expect(open(url)).rejects.toThrow(lost);
  });

  test('transaction pooling is refused, the settings of the page work', async () => {
    await setDefaults();
    const ignored = { ignore_startup_parameters: IGNORED };
    const byTransaction = await startPgbouncer(databaseUrl, { pool_mode: 'transaction', ...ignored });
    await expect(AdvisoryLockSession.open(byTransaction, 'spec')).rejects.toThrow('transaction pooling');

    const bySession = await startPgbouncer(databaseUrl, { pool_mode: 'session', ...ignored });
    const [first, second] = [
      await AdvisoryLockSession.open(bySession, 'spec'),
      await AdvisoryLockSession.open(bySession, 'spec'),
    ];
    expect([await first.tryLock(1), await second.tryLock(1)]).toEqual([true, false]);
    await first.close();
    await expect.poll(() => second.tryLock(1)).toBe(true);
    await second.close();
    await (await openPool(bySession)).assertWritable();
  });
});
