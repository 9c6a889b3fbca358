import { type Database, statement, type Statement, type Transaction } from '#database';
import { newId } from '#observability';
import { type Act, recordActs } from '#operator-log';
import { type DeadLetterFilter, filterValues, MATCHES } from './filter.js';
import type { DeadLetterStatus } from './status.js';

/** The statement of an act; it locks rows in the order in which failures lock them. */
function change(act: string, from: DeadLetterStatus, set: string): Statement {
  return statement(
    `dead_letters_${act}`,
    `WITH selected AS (
       SELECT id FROM dead_letters
       WHERE status = '${from}' AND ${MATCHES}
       ORDER BY queue COLLATE "C", key COLLATE "C"
       FOR UPDATE
     )
     UPDATE dead_letters AS d
     SET ${set}
     FROM selected
     WHERE d.id = selected.id
     RETURNING d.id`,
  );
}

const REPLAY = change(
  'replay',
  'open',
  `status = 'replaying', replays = d.replays + 1, replay_id = $11, replay_due_at = now()`,
);
const DISCARD = change('discard', 'open', `status = 'discarded', archived_at = now()`);
const REOPEN = change('reopen', 'discarded', `status = 'open', archived_at = NULL`);

// One that is due in the future is leased: on the wire, or about to be.
const STOP = statement(
  'dead_letters_stop',
  `WITH selected AS (
     SELECT id FROM dead_letters
     WHERE replay_id = $1 AND status = 'replaying' AND replay_due_at <= now()
     ORDER BY queue COLLATE "C", key COLLATE "C"
     FOR UPDATE
   )
   UPDATE dead_letters AS d
   SET status = 'open', replay_due_at = NULL
   FROM selected
   WHERE d.id = selected.id
   RETURNING d.id`,
);

const PROGRESS = statement(
  'dead_letters_replay_progress',
  `SELECT count(*)::integer AS total, count(*) FILTER (WHERE status = 'replaying')::integer AS waiting,
          count(*) FILTER (WHERE status = 'replayed')::integer AS sent,
          count(*) FILTER (WHERE status = 'open')::integer AS "openAgain"
   FROM dead_letters
   WHERE replay_id = $1`,
);

/** Others are selected than the operator has been told of; nothing was changed. */
export class SelectionChanged extends Error {
  override readonly name = 'SelectionChanged';

  constructor(
    readonly expected: number,
    readonly found: number,
    what = 'dead letters',
  ) {
    super(`${expected} ${what} were expected to be changed, and it would be ${found}: nothing was changed`);
  }
}

/** Which dead letters an operator wants to do something to, and how many that should be. */
export interface Selection {
  readonly filter: DeadLetterFilter;
  /** As a dry run has counted them. */
  readonly expected: number;
}

/** What an act came to; `request` names it in the record of acts, and a replay for {@link replayProgress}. */
export interface Changed {
  readonly request: string;
  readonly count: number;
}

/** How far a replay has come. */
export interface ReplayProgress {
  readonly total: number;
  readonly waiting: number;
  /** Sent, and not failed since. */
  readonly sent: number;
  /** Failed again, or stopped. */
  readonly openAgain: number;
}

/**
 * Has open dead letters sent again by their service's {@link Replayer}, each to its own queue and to no other
 * subscriber's, with the id it has: what was done after all is recognised by the inbox.
 *
 * This notes the intent, in one transaction with the record of it. It is carried out in the background, a few hundred
 * a second; should the process be killed, by the next one. A letter that fails again is open again.
 *
 * @throws SelectionChanged
 */
export function replayDeadLetters(tx: Transaction, selection: Selection, by: Act): Promise<Changed> {
  const request = newId();
  return changeSelected(tx, { act: 'replay', request, sql: REPLAY, more: [request] }, selection, by);
}

/** Takes back what of a replay has not set out yet: it is open again. */
export async function stopReplay(tx: Transaction, replayId: string, by: Act): Promise<Changed> {
  const stopped = await tx.query<{ id: string }>(STOP, [replayId]);
  await recordActs(tx, {
    ...by,
    act: 'stop replay',
    request: replayId,
    subjects: stopped.map(({ id }) => id),
  });
  return { request: replayId, count: stopped.length };
}

/** Puts open dead letters away, for a reason. @throws SelectionChanged */
export function discardDeadLetters(tx: Transaction, selection: Selection, by: Act): Promise<Changed> {
  return changeSelected(tx, { act: 'discard', request: newId(), sql: DISCARD }, selection, by);
}

/** Undoes a discard. @throws SelectionChanged */
export function reopenDeadLetters(tx: Transaction, selection: Selection, by: Act): Promise<Changed> {
  return changeSelected(tx, { act: 'reopen', request: newId(), sql: REOPEN }, selection, by);
}

/** How far a replay has come, or undefined where there is none of that name. */
export async function replayProgress(
  database: Database,
  replayId: string,
): Promise<ReplayProgress | undefined> {
  const [row] = await database.query<ReplayProgress>(PROGRESS, [replayId]);
  return row && row.total > 0 ? row : undefined;
}

async function changeSelected(
  tx: Transaction,
  how: { readonly act: string; readonly request: string; readonly sql: Statement; readonly more?: unknown[] },
  { filter, expected }: Selection,
  by: Act,
): Promise<Changed> {
  const { act, request, sql, more = [] } = how;
  const changed = await tx.query<{ id: string }>(sql, [...filterValues(filter), ...more]);
  if (changed.length !== expected) throw new SelectionChanged(expected, changed.length);
  await recordActs(tx, { ...by, act, request, subjects: changed.map(({ id }) => id) });
  return { request, count: changed.length };
}
