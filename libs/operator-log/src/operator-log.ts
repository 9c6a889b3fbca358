import { type Database, statement, type Transaction } from '#database';

const RECORD = statement(
  'operator_log_record',
  `INSERT INTO operator_log (request_id, action, subject, operator, reason, replaced_body)
   SELECT $1, $2, subject, $4, $5, $6 FROM unnest($3::text[]) AS subject`,
);

const COLUMNS =
  'position, request_id AS "requestId", action, subject, operator, reason, octet_length(replaced_body) AS "replacedBytes", at';

const LIST = statement(
  'operator_log_list',
  `SELECT ${COLUMNS}
   FROM operator_log
   WHERE ($1::text IS NULL OR subject = $1) AND ($3::bigint IS NULL OR position < $3)
   ORDER BY position DESC
   LIMIT $2`,
);

const FIND = statement(
  'operator_log_find',
  `SELECT ${COLUMNS}, encode(replaced_body, 'base64') AS "replacedBase64" FROM operator_log WHERE position = $1`,
);

/** The person who performs an action and the reason. Every action requires both. */
export interface Attribution {
  /** Over REST the claim `sub` of the token; for `ops` on the database, a name that the operator states. */
  readonly operator: string;
  /** Free text, for colleagues who read the log. */
  readonly reason: string;
}

/** An action to record; it becomes one row per subject. */
export interface NewOperatorAction extends Attribution {
  /** Joins the rows of one request. */
  readonly requestId: string;
  /** The name of the action, for example `replay`. */
  readonly action: string;
  /** The ids of the dead letters, outbox rows or orders that the action changed. */
  readonly subjects: readonly string[];
  /** The body that an edit replaced. Default: none. */
  readonly replacedBody?: Buffer | undefined;
}

/** A row of the operator log: an action on one subject. */
export interface OperatorAction extends Attribution {
  /** The primary key: ascending in the log of one service. */
  readonly position: number;
  readonly requestId: string;
  /** The name of the action, for example `replay`. */
  readonly action: string;
  /** The id of the dead letter, outbox row or order; for `topology` actions the name of the object. */
  readonly subject: string;
  /** The length of the replaced body; null when the action replaced none. */
  readonly replacedBytes: number | null;
  readonly at: Date;
}

/** A row of the operator log with the replaced body. */
export interface OperatorActionDetails extends OperatorAction {
  /** The replaced body; null when the action replaced none. */
  readonly replacedBase64: string | null;
}

/** Records an action in `tx`, the transaction of the action: both commit, or both roll back. */
export async function recordActions(
  tx: Transaction,
  { requestId, action, subjects, operator, reason, replacedBody }: NewOperatorAction,
): Promise<void> {
  await tx.query(RECORD, [requestId, action, subjects, operator, reason, replacedBody ?? null]);
}

/** Reads a page of at most `limit` actions on `subject`, or on any subject, the latest first, from below position `before`. */
export function listActions(
  database: Database,
  subject: string | undefined,
  limit: number,
  before?: number,
): Promise<OperatorAction[]> {
  return database.query<OperatorAction>(LIST, [subject ?? null, limit, before ?? null]);
}

/** Reads one action with the body that it replaced; undefined when the log has no action at this position. */
export async function findAction(
  database: Database,
  position: number,
): Promise<OperatorActionDetails | undefined> {
  const [row] = await database.query<OperatorActionDetails>(FIND, [position]);
  return row;
}
