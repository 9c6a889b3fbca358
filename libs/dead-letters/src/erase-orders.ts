import { statement, type Transaction, unnestParameters } from '#database';

/** The erasure of a customer: the data of `customer.erased`. */
export interface Erasure {
  /** Replaces the id of the customer. */
  readonly pseudonym: string;
  /** Orders of the customer; all have ended. */
  readonly orderIds: readonly string[];
}

// Waits for the transactions that add dead letters, and delays further ones until the commit. An added dead letter is
// therefore erased here, or by the transaction that adds it.
const LOCK = statement('dead_letters_lock', 'LOCK TABLE dead_letters IN SHARE ROW EXCLUSIVE MODE');

const ADD = statement(
  'erased_orders_add',
  `INSERT INTO erased_orders (order_id, pseudonym)
   SELECT * FROM unnest($1::uuid[], $2::text[]) AS e (order_id, pseudonym)
   ORDER BY e.order_id
   ON CONFLICT DO NOTHING`,
);

/** SQL: the erased orders that the bytes of a column name, whether or not they are a valid event. */
const namedIn = (column: string) => `
   CROSS JOIN LATERAL regexp_matches(
     encode(${column}, 'escape'), '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'gi') AS found (ids)
   JOIN erased_orders AS e ON e.order_id = found.ids[1]::uuid`;

const STUB = `convert_to(json_build_object('erased', about.pseudonym)::text, 'UTF8')`;

// Properties, error and stack may quote the body. The class of the error stays.
const ERASE_DEAD_LETTERS = statement(
  'dead_letters_erase',
  `WITH about AS (
     SELECT DISTINCT ON (d.id) d.id, e.pseudonym
     FROM dead_letters AS d ${namedIn('d.body')}
     WHERE $1::text[] IS NULL OR (d.queue, d.key) IN (SELECT * FROM unnest($1::text[], $2::text[]))
     ORDER BY d.id
   )
   UPDATE dead_letters AS d
   SET body = ${STUB}, properties = '{}', stack = NULL, error = split_part(error, ':', 1),
       status = 'discarded', replay_due_at = NULL, archived_at = coalesce(archived_at, now())
   FROM about
   WHERE d.id = about.id`,
);

// The log refuses UPDATE, also of its owner. The row keeps its position.
const ERASE_REPLACED_BODIES = statement(
  'operator_log_erase',
  `WITH about AS (
     SELECT DISTINCT ON (l.position) l.position, e.pseudonym
     FROM operator_log AS l ${namedIn('l.replaced_body')}
     ORDER BY l.position
   ), removed AS (
     DELETE FROM operator_log AS l USING about WHERE l.position = about.position
     RETURNING l.position, request_id, action, subject, operator, reason, ${STUB} AS stub, at
   )
   INSERT INTO operator_log (position, request_id, action, subject, operator, reason, replaced_body, at)
   OVERRIDING SYSTEM VALUE
   SELECT * FROM removed`,
);

/**
 * Erases ended orders in `tx`: replaces the body of each dead letter and each replaced body in the operator log that names
 * one of them, and discards these dead letters. `addDeadLetters` erases those that arrive later. The orders stay in
 * `erased_orders` for ever.
 *
 * No other transaction adds a dead letter until `tx` ends. Call it before locking rows of orders: a batch with dead letters
 * locks in the same sequence.
 */
export async function eraseOrders(tx: Transaction, erasures: readonly Erasure[]): Promise<void> {
  const orders = erasures.flatMap(({ pseudonym, orderIds }) =>
    orderIds.map((orderId) => ({ orderId, pseudonym })),
  );
  if (orders.length === 0) return;
  await tx.query(LOCK);
  await tx.query(ADD, unnestParameters(orders, 'orderId', 'pseudonym'));
  await tx.query(ERASE_DEAD_LETTERS, [null, null]);
  await tx.query(ERASE_REPLACED_BODIES);
}

/** Locks the dead letters as {@link eraseOrders} does, for a transaction that must lock orders before it knows their ids. */
export async function lockDeadLetters(tx: Transaction): Promise<void> {
  await tx.query(LOCK);
}

/** Erases those of the added dead letters that name an erased order. */
export async function eraseAdded(
  tx: Transaction,
  letters: readonly { readonly queue: string; readonly key: string }[],
): Promise<void> {
  if (letters.length > 0) await tx.query(ERASE_DEAD_LETTERS, unnestParameters(letters, 'queue', 'key'));
}
