import { type Database, statement, type Statement, type Transaction } from '#database';
import { newId } from '#observability';
import { type Attribution, recordActions } from '#operator-log';
import { type DeadLetterFilter, filterValues, MATCHES } from './filter.js';
import type { DeadLetterStatus } from './status.js';

/** The statement of an act; it locks rows in the order in which failures lock them. */
function changeStatement(action: string, from: DeadLetterStatus, set: string): Statement {
  return statement(
    `dead_letters_${action}`,
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

const REPLAY = changeStatement(
  'replay',
  'open',
  `status = 'replaying', replays = d.replays + 1, replay_id = $11, replay_due_at = now()`,
);
const DISCARD = changeStatement('discard', 'open', `status = 'discarded', archived_at = now()`);
const REOPEN = changeStatement('reopen', 'discarded', `status = 'open', archived_at = NULL`);

// One that is due in the future is leased: on the wire, or about to be.
const STOP_REPLAY = statement(
  'dead_letters_stop_replay',
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
          count(*) FILTER (WHERE status = 'open')::integer AS "reopened"
   FROM dead_letters
   WHERE replay_id = $1`,
);

/** Others are selected than the operator has been told of; nothing was changed. */
export class SelectionChangedError extends Error {
  override readonly name = 'SelectionChangedError';

  constructor(
    readonly expected: number,
    readonly found: number,
    noun = 'dead letters',
  ) {
    super(`${expected} ${noun} were expected to be changed, and it would be ${found}: nothing was changed`);
  }
}

/** Which dead letters an operator wants to do something to, and how many that should be. */
export interface Selection {
  readonly filter: DeadLetterFilter;
  /** As a dry run has counted them. */
  readonly expected: number;
}

/** What an act came to; `request` names it in the record of acts, and a replay for {@link replayProgress}. */
export interface ActionResult {
  readonly requestId: string;
  readonly count: number;
}

/** How far a replay has come. */
export interface ReplayProgress {
  readonly total: number;
  readonly waiting: number;
  /** Sent, and not failed since. */
  readonly sent: number;
  /** Failed again, or stopped. */
  readonly reopened: number;
}

/**
 * Has open dead letters replayed by their service's {@link Replayer}, each to its own queue and to no other
 * subscriber's, with the id it has: what was done after all is recognised by the inbox.
 *
 * This notes the intent, in one transaction with the record of it. It is carried out in the background, a few hundred
 * a second; should the process be killed, by the next one. A letter that fails again is open again.
 *
 * @throws SelectionChangedError
 */
export function replayDeadLetters(
  tx: Transaction,
  selection: Selection,
  by: Attribution,
): Promise<ActionResult> {
  const requestId = newId();
  return changeSelected(
    tx,
    { action: 'replay', requestId, sql: REPLAY, extraValues: [requestId] },
    selection,
    by,
  );
}

/** Takes back what of a replay has not set out yet: it is open again. */
export async function stopReplay(tx: Transaction, replayId: string, by: Attribution): Promise<ActionResult> {
  const stopped = await tx.query<{ id: string }>(STOP_REPLAY, [replayId]);
  await recordActions(tx, {
    ...by,
    action: 'stop-replay',
    requestId: replayId,
    subjects: stopped.map(({ id }) => id),
  });
  return { requestId: replayId, count: stopped.length };
}

/** Puts open dead letters away, for a reason. @throws SelectionChangedError */
export function discardDeadLetters(
  tx: Transaction,
  selection: Selection,
  by: Attribution,
): Promise<ActionResult> {
  return changeSelected(tx, { action: 'discard', requestId: newId(), sql: DISCARD }, selection, by);
}

/** Undoes a discard. @throws SelectionChangedError */
export function reopenDeadLetters(
  tx: Transaction,
  selection: Selection,
  by: Attribution,
): Promise<ActionResult> {
  return changeSelected(tx, { action: 'reopen', requestId: newId(), sql: REOPEN }, selection, by);
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
  how: {
    readonly action: string;
    readonly requestId: string;
    readonly sql: Statement;
    readonly extraValues?: unknown[];
  },
  { filter, expected }: Selection,
  by: Attribution,
): Promise<ActionResult> {
  const { action, requestId, sql, extraValues = [] } = how;
  const changed = await tx.query<{ id: string }>(sql, [...filterValues(filter), ...extraValues]);
  if (changed.length !== expected) throw new SelectionChangedError(expected, changed.length);
  await recordActions(tx, { ...by, action, requestId, subjects: changed.map(({ id }) => id) });
  return { requestId, count: changed.length };
}
