import { unnestParameters, type Database, statement, type Transaction } from '#database';
import type { Cause } from '#messaging';
import type { Intent, Money, Payment } from '../domain/payment.js';

/** An intent, and the payment as the decision to ask has left it. */
export interface NewOperation {
  readonly payment: Payment;
  readonly intent: Intent;
  readonly cause: Cause;
}

/** What tells an operation from all others. */
export interface OperationKey {
  readonly orderId: string;
  readonly idempotencyKey: string;
}

/** An intent that this process alone may act on until its lease ends, with all that the gateway must be told. */
export interface LeasedOperation extends OperationKey, Intent, Cause {
  /** This one included. */
  readonly attempts: number;
  readonly money: Money;
  readonly token: string;
  readonly authorizationId: string | null;
  readonly captureId: string | null;
}

/** What the gateway was asked, for people to read. */
export interface OperationView extends Intent {
  readonly attempts: number;
  readonly outcome: 'approved' | 'refused' | null;
  readonly lastError: string | null;
  readonly nextAttemptAt: Date | null;
  /** Since when it is not asked any more, until an operator releases it. */
  readonly parkedAt: Date | null;
  readonly completedAt: Date | null;
}

const ADD = statement(
  'gateway_operations_add',
  `INSERT INTO gateway_operations (idempotency_key, order_id, operation, correlation_id, causation_id, traceparent,
                                   attempts, next_attempt_at)
   SELECT o.idempotency_key, o.order_id, o.operation, o.correlation_id, o.causation_id, o.traceparent,
          o.attempts, now() + o.lease_ms * interval '1 millisecond'
   FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::float8[])
     AS o (idempotency_key, order_id, operation, correlation_id, causation_id, traceparent, attempts, lease_ms)`,
);

// A lease is nothing but the next attempt put off: should this process vanish, another one takes over then.
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
   SET attempts = o.attempts + 1, next_attempt_at = now() + $2 * interval '1 millisecond'
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
   FROM unnest($1::uuid[], $2::text[], $3::text[]) AS a (order_id, idempotency_key, outcome)
   WHERE o.order_id = a.order_id AND o.idempotency_key = a.idempotency_key`,
);

const RESCHEDULE = statement(
  'gateway_operations_reschedule',
  `UPDATE gateway_operations
   SET next_attempt_at = now() + $3 * interval '1 millisecond', last_error = $4
   WHERE order_id = $1 AND idempotency_key = $2 AND completed_at IS NULL`,
);

const PARK = statement(
  'gateway_operations_park',
  `UPDATE gateway_operations SET parked_at = now(), last_error = $3
   WHERE order_id = $1 AND idempotency_key = $2 AND completed_at IS NULL`,
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
 * Notes what the gateway is to be asked, in the transaction of the decision to ask it: the first `leasedCount` of the
 * intents leased to this process for `leaseMs`, the others due at once, for whoever has room.
 *
 * @returns what is leased. It may be asked as soon as the transaction has committed, and not before
 */
export async function addOperations(
  tx: Transaction,
  operations: readonly NewOperation[],
  { leasedCount, leaseMs }: { readonly leasedCount: number; readonly leaseMs: number },
): Promise<LeasedOperation[]> {
  if (operations.length === 0) return [];
  const rows = operations.map(({ payment: { orderId }, intent, cause }, index) => {
    const { correlationId, causationId, traceparent } = cause;
    const lease = index < leasedCount ? { attempts: 1, leaseMs } : { attempts: 0, leaseMs: 0 };
    return { orderId, ...intent, correlationId, causationId, traceparent, ...lease };
  });
  const identity = unnestParameters(rows, 'idempotencyKey', 'orderId', 'operation');
  const origin = unnestParameters(rows, 'correlationId', 'causationId', 'traceparent');
  // Before anything is sent, because it may throw: behind the last statements COMMIT is on its way.
  const leased = operations.slice(0, leasedCount).map(toLeasedOperation);
  await tx.query(ADD, [...identity, ...origin, ...unnestParameters(rows, 'attempts', 'leaseMs')]);
  return leased;
}

function toLeasedOperation({ payment, intent, cause }: NewOperation): LeasedOperation {
  const { orderId, money, token, authorizationId, captureId } = payment;
  if (money === null || token === null) throw new Error(`order ${orderId} has no money to ask for`);
  const { correlationId, causationId, traceparent } = cause;
  const details = { orderId, money, token, authorizationId, captureId };
  return { ...details, ...intent, correlationId, causationId, traceparent, attempts: 1 };
}

/** Takes up to `limit` due operations for `leaseMs`; each goes to one worker only. */
export function leaseOperations(
  database: Database,
  limit: number,
  leaseMs: number,
): Promise<LeasedOperation[]> {
  return database.query<LeasedOperation>(LEASE, [limit, leaseMs]);
}

/** Notes the answers, in the transaction that acts on them. */
export async function markCompleted(
  tx: Transaction,
  responses: readonly (OperationKey & { readonly outcome: 'approved' | 'refused' })[],
): Promise<void> {
  await tx.query(MARK_COMPLETED, unnestParameters(responses, 'orderId', 'idempotencyKey', 'outcome'));
}

/** The outcome is unknown: the same operation is asked again, under the same key, after `delayMs`. */
export async function reschedule(
  database: Database,
  { orderId, idempotencyKey }: OperationKey,
  delayMs: number,
  error: string,
): Promise<void> {
  await database.query(RESCHEDULE, [orderId, idempotencyKey, delayMs, error]);
}

/** It is not asked again before an operator {@link release}s it. Its outcome stays unknown. */
export async function park(
  database: Database,
  { orderId, idempotencyKey }: OperationKey,
  error: string,
): Promise<void> {
  await database.query(PARK, [orderId, idempotencyKey, error]);
}

/** The operations of an order that were set aside are asked again, under the same keys. @returns how many */
export async function release(tx: Transaction, orderId: string): Promise<number> {
  return (await tx.query(RELEASE, [orderId])).length;
}

export async function countParked(tx: Transaction, orderId: string): Promise<number> {
  const [row] = await tx.query<{ count: number }>(COUNT_PARKED, [orderId]);
  return row?.count ?? 0;
}

/** What caused the operation that an order came to last. */
export async function findLastCause(tx: Transaction, orderId: string): Promise<Cause | undefined> {
  const [row] = await tx.query<Cause>(FIND_LAST_CAUSE, [orderId]);
  return row;
}

export function listOperations(database: Database, orderId: string): Promise<OperationView[]> {
  return database.query<OperationView>(LIST, [orderId]);
}
