import { createGate } from '../../libs/test-support/gate.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import type { Db, Session } from '../naive/session.js';

/** A program, and the session that it uses. */
type Program<Result> = readonly [session: Session, run: () => Promise<Result>];

/**
 * Runs the second program after the first statement of the first one (BEGIN not counted). The first one continues when the
 * second has ended, or waits for a lock. An interleaving that is possible at any load, made certain.
 *
 * @param observer a third session on the same database
 * @returns both results; an error is a result
 */
export async function interleave<Result>(
  observer: Db,
  [firstSession, runFirst]: Program<Result>,
  [secondSession, runSecond]: Program<Result>,
): Promise<[Result | Error, Result | Error]> {
  const gate = createGate();
  const paused = new Promise<void>((resolve) => {
    firstSession.after = (sql) => {
      if (/^\s*begin/i.test(sql)) return Promise.resolve();
      firstSession.after = () => Promise.resolve();
      resolve();
      return gate.opened;
    };
  });
  const secondPid = await secondSession.backendPid();
  const first = runFirst().catch(toError);
  await Promise.race([paused, first]);
  const second = runSecond().catch(toError);
  await Promise.race([second, waitForLock(observer, secondPid, second)]);
  gate.open();
  return Promise.all([first, second]);
}

/** Resolves when the session waits for a lock, or when its program has ended. */
async function waitForLock(observer: Db, pid: number, ended: Promise<unknown>): Promise<void> {
  let hasEnded = false;
  void ended.finally(() => (hasEnded = true));
  const sql = "SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'";
  const isWaiting = async (): Promise<boolean> => hasEnded || (await observer.query(sql, [pid])).rowCount > 0;
  await waitUntil('the second program to end or wait for a lock', isWaiting, Boolean, {
    checkIntervalMs: 10,
  });
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
