import type { Client } from 'pg';

import { type ServiceName, serviceNames } from '../client/api-types.js';
import { retryWhileUnavailable, type Revert } from './revert.js';
import type { TestEnvironment } from './test-environment.js';

/** A transaction on a black-holed link may hold the lock for longer; the next attempt then waits again. */
const LOCK_WAIT_MS = 3_000;

export async function terminateSessions(environment: TestEnvironment, service: ServiceName): Promise<void> {
  await withSession(environment, service, (session) => session.query(TERMINATE_OTHERS));
}

const TERMINATE_OTHERS =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';

/**
 * `server`: every session of the server is read-only from now on. A service: the sessions that it opens from now on
 * are, and stay so after the revert, as sessions of a demoted primary do.
 */
export async function makeReadOnly(environment: TestEnvironment, target: string): Promise<Revert> {
  const service = serviceNames.find((name) => name === target);
  if (service === undefined) {
    const change = (value: string): Promise<void> =>
      runStatements(environment, 'order', [
        `ALTER SYSTEM SET default_transaction_read_only = ${value}`,
        'SELECT pg_reload_conf()',
      ]);
    await change('on');
    return () => change('off');
  }
  const database = new URL(environment.databaseUrls[service]).pathname.slice(1);
  const alter = `ALTER DATABASE "${database}"`;
  await runStatements(environment, service, [
    `${alter} SET default_transaction_read_only = on`,
    TERMINATE_OTHERS,
  ]);
  return () => runStatements(environment, service, [`${alter} RESET default_transaction_read_only`]);
}

/** The service may read its tables, but neither claim nor send messages. */
export async function revokeInserts(environment: TestEnvironment, service: ServiceName): Promise<Revert> {
  const { env } = environment.process(service).options;
  const role = new URL(env?.[`${service.toUpperCase()}_DATABASE_URL`] ?? '').username;
  await runStatements(environment, service, [`REVOKE INSERT ON inbox, outbox FROM "${role}"`]);
  return () => runStatements(environment, service, [`GRANT INSERT ON inbox, outbox TO "${role}"`]);
}

/** Statements of the service wait for locks, and fail at their time limits. */
export async function lockTables(environment: TestEnvironment, service: ServiceName): Promise<Revert> {
  const session = await retryWhileUnavailable(() => openLockingSession(environment, service));
  // After a crash of the server the session is closed already.
  return () => session.end().catch(() => {});
}

async function openLockingSession(environment: TestEnvironment, service: ServiceName): Promise<Client> {
  const session = await environment.openSession(service);
  try {
    await session.query(`SET lock_timeout = ${LOCK_WAIT_MS}`);
    await session.query('BEGIN');
    await session.query('LOCK TABLE inbox, outbox IN ACCESS EXCLUSIVE MODE');
    return session;
  } catch (error) {
    await session.end().catch(() => {});
    throw error;
  }
}

/** Runs the statements in a session that may write, also while the database is read-only. */
function runStatements(
  environment: TestEnvironment,
  service: ServiceName,
  statements: readonly string[],
): Promise<void> {
  return retryWhileUnavailable(() =>
    withSession(environment, service, async (session) => {
      for (const sql of ['SET default_transaction_read_only = off', ...statements]) await session.query(sql);
    }),
  );
}

async function withSession(
  environment: TestEnvironment,
  service: ServiceName,
  work: (session: Client) => Promise<unknown>,
): Promise<void> {
  const session = await environment.openSession(service);
  try {
    await work(session);
  } finally {
    await session.end().catch(() => {});
  }
}
