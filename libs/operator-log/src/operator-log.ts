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

/** Who does something by hand, and why: required of every operator's verb. */
export interface Attribution {
  readonly operator: string;
  readonly reason: string;
}

export interface NewOperatorAction extends Attribution {
  /** The same for everything that one request of an operator came to. */
  readonly requestId: string;
  /** What was done, for example `replay`. */
  readonly action: string;
  /** What it was done to: the ids of dead letters, outbox rows, or orders. */
  readonly subjects: readonly string[];
  /** The bytes that an edit has replaced. */
  readonly replacedBody?: Buffer | undefined;
}

/** One row of the record. */
export interface OperatorAction extends Attribution {
  /** Its number in its service's record. */
  readonly position: number;
  readonly requestId: string;
  readonly action: string;
  readonly subject: string;
  readonly replacedBytes: number | null;
  readonly at: Date;
}

/** With the bytes that an edit has replaced. */
export interface OperatorActionDetails extends OperatorAction {
  readonly replacedBase64: string | null;
}

/** Records what an operator does, in the transaction that does it: neither is without the other. */
export async function recordActions(
  tx: Transaction,
  { requestId, action, subjects, operator, reason, replacedBody }: NewOperatorAction,
): Promise<void> {
  await tx.query(RECORD, [requestId, action, subjects, operator, reason, replacedBody ?? null]);
}

/** What operators did, the latest first, at most `limit`: to one subject, or to any; from before one on. */
export function listActions(
  database: Database,
  subject: string | undefined,
  limit: number,
  before?: number,
): Promise<OperatorAction[]> {
  return database.query<OperatorAction>(LIST, [subject ?? null, limit, before ?? null]);
}

/** One act, with the bytes it has replaced, or undefined. */
export async function findAction(
  database: Database,
  position: number,
): Promise<OperatorActionDetails | undefined> {
  const [row] = await database.query<OperatorActionDetails>(FIND, [position]);
  return row;
}
