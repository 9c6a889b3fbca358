import { unnestParameters, type Database, statement, type Transaction } from '#database';
import type { Cause } from '#messaging';
import type { ParkCause } from '../domain/failed-attempt.js';
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
  /** The end of the lease, as PostgreSQL's text: a Date loses microseconds. No two leases have the same. */
  readonly leasedUntil: string;
}

/** An operation leased to this process, with the payment's data for the request. */
export interface LeasedOperation extends Lease, GatewayRequest, Cause {
  /** Requests whose outcome is stored, since the last release, plus this one. */
  readonly attempts: number;
  readonly money: Money;
  readonly token: string;
  readonly authorizationId: string | null;
  readonly captureId: string | null;
  /** Time since the first request under the key, in ms. The gateway may have forgotten an older key. */
  readonly keyAgeMs: number;
  /** Rejections that counted towards parking; see `decideOnFailure`. */
  readonly rejections: number;
  /** Age of the first rejection since the last attempt that ended otherwise, in ms; null without one. */
  readonly rejectedForMs: number | null;
  /** Age of the last rejection, in ms; null without one. */
  readonly sinceRejectedMs: number | null;
}

/** An operation as the API shows it. */
export interface OperationView extends GatewayRequest {
  readonly attempts: number;
  readonly outcome: 'approved' | 'refused' | null;
  readonly lastError: string | null;
  readonly nextAttemptAt: Date | null;
  /** When the operation was parked; null unless it waits for an operator's release. */
  readonly parkedAt: Date | null;
  readonly parkedCause: ParkCause | null;
  readonly completedAt: Date | null;
}

const ADD = statement(
  'gateway_operations_add',
  `INSERT INTO gateway_operations (idempotency_key, order_id, operation, correlation_id, causation_id, traceparent,
                                   tracestate)
   SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])`,
);

// A lease is a next attempt in the future. Its end, `leased_until`, is also the fence that the statements below check: a
// process that holds an expired lease changes no row. It is computed by clock_timestamp(): now() is the start of the
// transaction, so a slow one would shorten the lease. A lease counts no attempt, because its process may never know of it
// when the database fails; the statement that stores the outcome of a request counts it.
function leaseSql(order: string): string {
  return `WITH due AS (
     SELECT order_id, idempotency_key
     FROM gateway_operations
     WHERE completed_at IS NULL AND parked_at IS NULL AND next_attempt_at <= now()
     ORDER BY ${order}
     LIMIT $1
     FOR UPDATE SKIP LOCKED
   )
   UPDATE gateway_operations AS o
   SET next_attempt_at = clock_timestamp() + $2 * interval '1 millisecond',
       leased_until = clock_timestamp() + $2 * interval '1 millisecond',
       first_sent_at = coalesce(o.first_sent_at, CASE WHEN o.last_error IS NULL AND o.attempts = 0
                                                      THEN clock_timestamp() ELSE o.created_at END)
   FROM due
   JOIN payments AS p USING (order_id)
   WHERE o.order_id = due.order_id AND o.idempotency_key = due.idempotency_key
   RETURNING o.order_id AS "orderId", o.operation, o.idempotency_key AS "idempotencyKey",
             o.leased_until::text AS "leasedUntil", o.attempts + 1 AS attempts,
             o.correlation_id AS "correlationId", o.causation_id AS "causationId", o.traceparent, o.tracestate,
             json_build_object('amount', p.amount, 'currency', p.currency) AS money, p.token,
             p.authorization_id AS "authorizationId", p.capture_id AS "captureId", o.rejections,
             (extract(epoch FROM clock_timestamp() - o.first_sent_at) * 1000)::float8 AS "keyAgeMs",
             (extract(epoch FROM clock_timestamp() - o.first_rejected_at) * 1000)::float8 AS "rejectedForMs",
             (extract(epoch FROM clock_timestamp() - o.last_rejected_at) * 1000)::float8 AS "sinceRejectedMs"`;
}

const LEASE = statement('gateway_operations_lease', leaseSql('next_attempt_at'));

// The operation with the fewest attempts: one that the gateway rejects again and again must not be every probe.
const LEASE_PROBE = statement('gateway_operations_lease_probe', leaseSql('attempts, next_attempt_at'));

const RETURN_LEASES = statement(
  'gateway_operations_return_leases',
  `UPDATE gateway_operations AS o
   SET next_attempt_at = clock_timestamp(), leased_until = NULL
   FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS l (order_id, idempotency_key, leased_until)
   WHERE o.order_id = l.order_id AND o.idempotency_key = l.idempotency_key AND o.leased_until = l.leased_until
     AND o.completed_at IS NULL`,
);

const MARK_COMPLETED = statement(
  'gateway_operations_mark_completed',
  `UPDATE gateway_operations AS o
   SET outcome = a.outcome, completed_at = now(), attempts = o.attempts + 1, leased_until = NULL, last_error = NULL,
       parked_at = NULL, parked_cause = NULL
   FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[])
        AS a (order_id, idempotency_key, leased_until, outcome)
   WHERE o.order_id = a.order_id AND o.idempotency_key = a.idempotency_key AND o.leased_until = a.leased_until`,
);

const RESCHEDULE = statement(
  'gateway_operations_reschedule',
  `UPDATE gateway_operations
   SET next_attempt_at = clock_timestamp() + $4 * interval '1 millisecond', attempts = attempts + 1,
       leased_until = NULL, last_error = $5,
       rejections = rejections + $7::integer,
       first_rejected_at = CASE WHEN $6 THEN coalesce(first_rejected_at, clock_timestamp()) END,
       last_rejected_at = CASE WHEN $6 THEN clock_timestamp() ELSE last_rejected_at END
   WHERE order_id = $1 AND idempotency_key = $2 AND leased_until = $3 AND completed_at IS NULL`,
);

// An unverified operation was not sent: its attempt does not count.
const PARK = statement(
  'gateway_operations_park',
  `UPDATE gateway_operations
   SET parked_at = now(), parked_cause = $5, leased_until = NULL, last_error = $4,
       attempts = CASE WHEN $5 = 'unverified' THEN attempts ELSE attempts + 1 END
   WHERE order_id = $1 AND idempotency_key = $2 AND leased_until = $3 AND completed_at IS NULL`,
);

const FIND_LAST_CAUSE = statement(
  'gateway_operations_find_last_cause',
  `SELECT correlation_id AS "correlationId", causation_id AS "causationId", traceparent, tracestate
   FROM gateway_operations WHERE order_id = $1 ORDER BY created_at DESC, idempotency_key DESC LIMIT 1`,
);

const LIST = statement(
  'gateway_operations_of_order',
  `SELECT operation, idempotency_key AS "idempotencyKey", attempts, outcome, last_error AS "lastError",
          CASE WHEN completed_at IS NULL AND parked_at IS NULL THEN next_attempt_at END AS "nextAttemptAt",
          parked_at AS "parkedAt", parked_cause AS "parkedCause", completed_at AS "completedAt"
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
    const { correlationId, causationId, traceparent, tracestate } = cause;
    return { orderId, ...intent, correlationId, causationId, traceparent, tracestate };
  });
  const identity = unnestParameters(rows, 'idempotencyKey', 'orderId', 'operation');
  const origin = unnestParameters(rows, 'correlationId', 'causationId', 'traceparent', 'tracestate');
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
  const columns = unnestParameters(responses, 'orderId', 'idempotencyKey', 'leasedUntil', 'outcome');
  await tx.query(MARK_COMPLETED, columns);
}

/** Leases the due operation with the fewest attempts for `leaseMs`, or none. */
export function leaseProbe(database: Database, leaseMs: number): Promise<LeasedOperation[]> {
  return database.query<LeasedOperation>(LEASE_PROBE, [1, leaseMs]);
}

/** Makes leased operations due again that were not sent. */
export async function returnLeases(database: Database, leases: readonly Lease[]): Promise<void> {
  await database.query(RETURN_LEASES, unnestParameters(leases, 'orderId', 'idempotencyKey', 'leasedUntil'));
}

/** Why an operation is due again, and when. */
export interface Retry {
  readonly delayMs: number;
  readonly error: string;
  /** The gateway rejected the request. */
  readonly isRejection: boolean;
  /** The rejection counts towards parking. */
  readonly isCounted: boolean;
}

/** Makes an operation of unknown outcome due again after `delayMs`, under the same idempotency key. */
export async function reschedule(
  database: Database,
  { orderId, idempotencyKey, leasedUntil }: Lease,
  { delayMs, error, isRejection, isCounted }: Retry,
): Promise<void> {
  const counted = isCounted ? 1 : 0;
  const lease = [orderId, idempotencyKey, leasedUntil];
  await database.query(RESCHEDULE, [...lease, delayMs, error, isRejection, counted]);
}

/** Stops sending an operation until an operator releases it. Its outcome stays unknown. */
export async function park(
  database: Database,
  { orderId, idempotencyKey, leasedUntil }: Lease,
  cause: ParkCause,
  error: string,
): Promise<void> {
  await database.query(PARK, [orderId, idempotencyKey, leasedUntil, error, cause]);
}

/** The cause of an order's last operation. */
export async function findLastCause(tx: Transaction, orderId: string): Promise<Cause | undefined> {
  const [row] = await tx.query<Cause>(FIND_LAST_CAUSE, [orderId]);
  return row;
}

export function listOperations(database: Database, orderId: string): Promise<OperationView[]> {
  return database.query<OperationView>(LIST, [orderId]);
}
