import { unnestParameters, type Database, statement, type Transaction } from '#database';
import type { Cause } from '#messaging';
import type { GatewayRequest, Money, Payment } from '../domain/payment.js';

/** An intent, and the payment after the decision that started it. */
export interface NewOperation {
  readonly payment: Payment;
  readonly intent: GatewayRequest;
  readonly cause: Cause;
}

/** An operation's key, and the fence of its lease. */
export interface Lease {
  readonly orderId: string;
  readonly idempotencyKey: string;
  /** This one included. A process that holds an expired lease changes no row, because the next lease counts one more. */
  readonly attempts: number;
}

/** An operation leased to this process, with the payment's data for the request. */
export interface LeasedOperation extends Lease, GatewayRequest, Cause {
  readonly money: Money;
  readonly token: string;
  readonly authorizationId: string | null;
  readonly captureId: string | null;
}

/** An operation as the API shows it. */
export interface OperationView extends GatewayRequest {
  readonly attempts: number;
  readonly outcome: 'approved' | 'refused' | null;
  readonly lastError: string | null;
  readonly nextAttemptAt: Date | null;
  /** When the operation was parked; null unless it waits for an operator's release. */
  readonly parkedAt: Date | null;
  readonly completedAt: Date | null;
}

const ADD = statement(
  'gateway_operations_add',
  `INSERT INTO gateway_operations (idempotency_key, order_id, operation, correlation_id, causation_id, traceparent)
   SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])`,
);

// A lease is a next attempt in the future; with `attempts` it is also the fence that the statements below check. Its end
// is computed by clock_timestamp(): now() is the start of the transaction, so a slow one would shorten the lease.
const LEASE = statement(
  'gateway_operations_lease',
  `WITH due AS (
     SELECT order_id, idempotency_key
     FROM gateway_operations
     WHERE completed_at IS NULL AND parked_at IS NULL AND next_attempt_at <= now()
     ORDER BY next_attempt_at
     LIMIT $1
     FOR UPDATE SKIP LOCKED
   )
   UPDATE gateway_operations AS o
   SET attempts = o.attempts + 1, next_attempt_at = clock_timestamp() + $2 * interval '1 millisecond'
   FROM due
   JOIN payments AS p USING (order_id)
   WHERE o.order_id = due.order_id AND o.idempotency_key = due.idempotency_key
   RETURNING o.order_id AS "orderId", o.operation, o.idempotency_key AS "idempotencyKey", o.attempts,
             o.correlation_id AS "correlationId", o.causation_id AS "causationId", o.traceparent,
             json_build_object('amount', p.amount, 'currency', p.currency) AS money, p.token,
             p.authorization_id AS "authorizationId", p.capture_id AS "captureId"`,
);

const MARK_COMPLETED = statement(
  'gateway_operations_mark_completed',
  `UPDATE gateway_operations AS o
   SET outcome = a.outcome, completed_at = now(), last_error = NULL, parked_at = NULL
   FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::text[]) AS a (order_id, idempotency_key, attempts, outcome)
   WHERE o.order_id = a.order_id AND o.idempotency_key = a.idempotency_key AND o.attempts = a.attempts`,
);

const RESCHEDULE = statement(
  'gateway_operations_reschedule',
  `UPDATE gateway_operations
   SET next_attempt_at = clock_timestamp() + $4 * interval '1 millisecond', last_error = $5
   WHERE order_id = $1 AND idempotency_key = $2 AND attempts = $3 AND completed_at IS NULL`,
);

const PARK = statement(
  'gateway_operations_park',
  `UPDATE gateway_operations SET parked_at = now(), last_error = $4
   WHERE order_id = $1 AND idempotency_key = $2 AND attempts = $3 AND completed_at IS NULL`,
);

const RELEASE = statement(
  'gateway_operations_release',
  `UPDATE gateway_operations SET parked_at = NULL, next_attempt_at = now(), attempts = 0
   WHERE order_id = $1 AND parked_at IS NOT NULL
   RETURNING idempotency_key`,
);

const COUNT_PARKED = statement(
  'gateway_operations_count_parked',
  'SELECT count(*)::integer AS count FROM gateway_operations WHERE order_id = $1 AND parked_at IS NOT NULL',
);

const FIND_LAST_CAUSE = statement(
  'gateway_operations_find_last_cause',
  `SELECT correlation_id AS "correlationId", causation_id AS "causationId", traceparent
   FROM gateway_operations WHERE order_id = $1 ORDER BY created_at DESC, idempotency_key DESC LIMIT 1`,
);

const LIST = statement(
  'gateway_operations_of_order',
  `SELECT operation, idempotency_key AS "idempotencyKey", attempts, outcome, last_error AS "lastError",
          CASE WHEN completed_at IS NULL AND parked_at IS NULL THEN next_attempt_at END AS "nextAttemptAt",
          parked_at AS "parkedAt", completed_at AS "completedAt"
   FROM gateway_operations WHERE order_id = $1 ORDER BY created_at, idempotency_key`,
);

/**
 * Adds due operations, in the transaction that decides on them.
 *
 * @throws Error when a payment has no money or token: a tombstone has no operations
 */
export async function addOperations(tx: Transaction, operations: readonly NewOperation[]): Promise<void> {
  const rows = operations.map(({ payment: { orderId, money, token }, intent, cause }) => {
    if (money === null || token === null) throw new Error(`payment of order ${orderId} has no money`);
    const { correlationId, causationId, traceparent } = cause;
    return { orderId, ...intent, correlationId, causationId, traceparent };
  });
  const identity = unnestParameters(rows, 'idempotencyKey', 'orderId', 'operation');
  const origin = unnestParameters(rows, 'correlationId', 'causationId', 'traceparent');
  await tx.query(ADD, [...identity, ...origin]);
}

/** Leases up to `limit` due operations for `leaseMs`, each to one process. */
export function leaseOperations(
  database: Database,
  limit: number,
  leaseMs: number,
): Promise<LeasedOperation[]> {
  return database.query<LeasedOperation>(LEASE, [limit, leaseMs]);
}

/** Records outcomes, in the transaction that applies them. */
export async function markCompleted(
  tx: Transaction,
  responses: readonly (Lease & { readonly outcome: 'approved' | 'refused' })[],
): Promise<void> {
  const columns = unnestParameters(responses, 'orderId', 'idempotencyKey', 'attempts', 'outcome');
  await tx.query(MARK_COMPLETED, columns);
}

/** Makes an operation of unknown outcome due again after `delayMs`, under the same idempotency key. */
export async function reschedule(
  database: Database,
  { orderId, idempotencyKey, attempts }: Lease,
  delayMs: number,
  error: string,
): Promise<void> {
  await database.query(RESCHEDULE, [orderId, idempotencyKey, attempts, delayMs, error]);
}

/** Stops sending an operation until an operator {@link release}s it. Its outcome stays unknown. */
export async function park(
  database: Database,
  { orderId, idempotencyKey, attempts }: Lease,
  error: string,
): Promise<void> {
  await database.query(PARK, [orderId, idempotencyKey, attempts, error]);
}

/** Makes an order's parked operations due, with all their attempts again. @returns the number of operations */
export async function release(tx: Transaction, orderId: string): Promise<number> {
  return (await tx.query(RELEASE, [orderId])).length;
}

export async function countParked(tx: Transaction, orderId: string): Promise<number> {
  const [row] = await tx.query<{ count: number }>(COUNT_PARKED, [orderId]);
  return row?.count ?? 0;
}

/** The cause of an order's last operation. */
export async function findLastCause(tx: Transaction, orderId: string): Promise<Cause | undefined> {
  const [row] = await tx.query<Cause>(FIND_LAST_CAUSE, [orderId]);
  return row;
}

export function listOperations(database: Database, orderId: string): Promise<OperationView[]> {
  return database.query<OperationView>(LIST, [orderId]);
}
