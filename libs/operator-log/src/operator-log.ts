import { type Database, statement, type Transaction } from '#database';

const RECORD = statement(
  'operator_acts_record',
  `INSERT INTO operator_acts (request, act, subject, operator, why, replaced)
   SELECT $1, $2, subject, $4, $5, $6 FROM unnest($3::text[]) AS subject`,
);

const ACT = 'position, request, act, subject, operator, why, octet_length(replaced) AS "replacedBytes", at';

const LIST = statement(
  'operator_acts_list',
  `SELECT ${ACT}
   FROM operator_acts
   WHERE ($1::text IS NULL OR subject = $1) AND ($3::bigint IS NULL OR position < $3)
   ORDER BY position DESC
   LIMIT $2`,
);

const SHOW = statement(
  'operator_acts_show',
  `SELECT ${ACT}, encode(replaced, 'base64') AS "replacedBase64" FROM operator_acts WHERE position = $1`,
);

/** Who does something by hand, and why: required of every operator's verb. */
export interface Act {
  readonly operator: string;
  readonly why: string;
}

export interface RecordedAct extends Act {
  /** The same for everything that one request of an operator came to. */
  readonly request: string;
  /** What was done, for example `replay`. */
  readonly act: string;
  /** What it was done to: the ids of dead letters, outbox rows, or orders. */
  readonly subjects: readonly string[];
  /** The bytes that an edit has replaced. */
  readonly replaced?: Buffer | undefined;
}

/** One row of the record. */
export interface OperatorAct extends Act {
  /** Its number in its service's record. */
  readonly position: number;
  readonly request: string;
  readonly act: string;
  readonly subject: string;
  readonly replacedBytes: number | null;
  readonly at: Date;
}

/** With the bytes that an edit has replaced. */
export interface OperatorActDetails extends OperatorAct {
  readonly replacedBase64: string | null;
}

/** Records what an operator does, in the transaction that does it: neither is without the other. */
export async function recordActs(
  tx: Transaction,
  { request, act, subjects, operator, why, replaced }: RecordedAct,
): Promise<void> {
  await tx.query(RECORD, [request, act, subjects, operator, why, replaced ?? null]);
}

/** What operators did, the latest first, at most `limit`: to one subject, or to any; from before one on. */
export function listActs(
  database: Database,
  subject: string | undefined,
  limit: number,
  before?: number,
): Promise<OperatorAct[]> {
  return database.query<OperatorAct>(LIST, [subject ?? null, limit, before ?? null]);
}

/** One act, with the bytes it has replaced, or undefined. */
export async function showAct(database: Database, position: number): Promise<OperatorActDetails | undefined> {
  const [row] = await database.query<OperatorActDetails>(SHOW, [position]);
  return row;
}
