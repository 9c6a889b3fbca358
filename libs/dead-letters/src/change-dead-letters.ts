import { type Database, statement, type Statement, type Transaction } from '#database';
import { newId } from '#observability';
import { type Attribution, recordActions } from '#operator-log';
import { type DeadLetterFilter, type DeadLetterStatus, filterValues, MATCHES } from './filter.js';

/** Locks rows in the order of {@link addDeadLetters}, so concurrent transactions wait for each other and never deadlock. */
function changeStatement(action: string, selected: string, set: string): Statement {
  return statement(
    `dead_letters_${action}`,
    `WITH selected AS (
       SELECT id FROM dead_letters
       WHERE ${selected}
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

const isMatching = (status: DeadLetterStatus): string => `status = '${status}' AND ${MATCHES}`;

const REPLAY = changeStatement(
  'replay',
  isMatching('open'),
  `status = 'replaying', replays = d.replays + 1, replay_id = $11, replay_due_at = now()`,
);
const DISCARD = changeStatement('discard', isMatching('open'), `status = 'discarded', archived_at = now()`);
const REOPEN = changeStatement('reopen', isMatching('discarded'), `status = 'open', archived_at = NULL`);

// A row that is due in the future is leased by a replayer, which may have published it already.
const STOP_REPLAY = changeStatement(
  'stop_replay',
  `replay_id = $1 AND status = 'replaying' AND replay_due_at <= now()`,
  `status = 'open', replay_due_at = NULL`,
);

const PROGRESS = statement(
  'dead_letters_replay_progress',
  `SELECT count(*)::integer AS total, count(*) FILTER (WHERE status = 'replaying')::integer AS waiting,
          count(*) FILTER (WHERE status = 'replayed')::integer AS sent,
          count(*) FILTER (WHERE status = 'open')::integer AS "reopened"
   FROM dead_letters
   WHERE replay_id = $1`,
);

/** The selection has another number of rows than the operator expected. The transaction must roll back. */
export class SelectionChangedError extends Error {
  override readonly name = 'SelectionChangedError';

  /** @param noun the rows in the plural, for the error message */
  constructor(
    readonly expected: number,
    readonly found: number,
    noun = 'dead letters',
  ) {
    super(`expected ${expected} ${noun}, found ${found}: nothing was changed`);
  }
}

/** The dead letters that an operator wants to change. */
export interface Selection {
  readonly filter: DeadLetterFilter;
  /** The number of rows that the dry run counted. */
  readonly expected: number;
}

/** The result of an action. */
export interface ActionResult {
  /** The action in the operator log; of a replay also the id for {@link replayProgress}. */
  readonly requestId: string;
  /** Rows that the action changed. */
  readonly count: number;
}

/** Progress of a replay, in dead letters. It has ended when `waiting` is 0. */
export interface ReplayProgress {
  readonly total: number;
  /** Not published yet, or published and not confirmed yet. */
  readonly waiting: number;
  /** Confirmed by the broker, and not failed since. */
  readonly sent: number;
  /** Failed again, or taken back by {@link stopReplay}. */
  readonly reopened: number;
}

/**
 * Marks open dead letters for replay and records the action in `tx`. The {@link Replayer} of their service then publishes
 * each message, under its own id, to the queue of the consumer that failed, and to no other subscriber. The inbox
 * recognises a message that was handled after all. A message that fails again is open again.
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

/** Reopens the dead letters of a replay that no replayer has leased yet, and records the action in `tx`. */
export async function stopReplay(tx: Transaction, replayId: string, by: Attribution): Promise<ActionResult> {
  const stopped = await tx.query<{ id: string }>(STOP_REPLAY, [replayId]);
  const subjects = stopped.map(({ id }) => id);
  await recordActions(tx, { ...by, action: 'stop-replay', requestId: replayId, subjects });
  return { requestId: replayId, count: stopped.length };
}

/** Discards open dead letters and records the action in `tx`. @throws SelectionChangedError */
export function discardDeadLetters(
  tx: Transaction,
  selection: Selection,
  by: Attribution,
): Promise<ActionResult> {
  return changeSelected(tx, { action: 'discard', requestId: newId(), sql: DISCARD }, selection, by);
}

/** Reopens discarded dead letters and records the action in `tx`. @throws SelectionChangedError */
export function reopenDeadLetters(
  tx: Transaction,
  selection: Selection,
  by: Attribution,
): Promise<ActionResult> {
  return changeSelected(tx, { action: 'reopen', requestId: newId(), sql: REOPEN }, selection, by);
}

/**
 * Reads the progress of a replay. Undefined when no dead letter belongs to it: the id is unknown, or all its dead letters
 * were replayed again or pruned.
 */
export async function replayProgress(
  database: Database,
  replayId: string,
): Promise<ReplayProgress | undefined> {
  const [row] = await database.query<ReplayProgress>(PROGRESS, [replayId]);
  return row && row.total > 0 ? row : undefined;
}

interface Change {
  readonly action: string;
  readonly requestId: string;
  readonly sql: Statement;
  readonly extraValues?: unknown[];
}

async function changeSelected(
  tx: Transaction,
  { action, requestId, sql, extraValues = [] }: Change,
  { filter, expected }: Selection,
  by: Attribution,
): Promise<ActionResult> {
  const changed = await tx.query<{ id: string }>(sql, [...filterValues(filter), ...extraValues]);
  if (changed.length !== expected) throw new SelectionChangedError(expected, changed.length);
  await recordActions(tx, { ...by, action, requestId, subjects: changed.map(({ id }) => id) });
  return { requestId, count: changed.length };
}
