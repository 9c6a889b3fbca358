import { type Database, statement, type Transaction } from '#database';
import type { Cause } from '#messaging';
import type { ParkCause } from '../domain/failed-attempt.js';
import type { Operation } from '../domain/payment-table.js';

/** Selects payments with a refused refund. A criterion that is undefined selects all. */
export interface RefundSelection {
  readonly orderIds?: readonly string[] | undefined;
  /** The refusal is at this instant or later. */
  readonly since?: Date | undefined;
  /** The refusal is before this instant. */
  readonly until?: Date | undefined;
  /** The gateway's reason for the refusal. */
  readonly cause?: string | undefined;
}

/**
 * Selects parked operations. `since` and `until` refer to the time of parking. Operations with the cause `unverified` are
 * selected only by order id or by that cause: their release may move money twice.
 */
export interface OperationSelection extends Omit<RefundSelection, 'cause'> {
  readonly operation?: Operation | undefined;
  readonly cause?: ParkCause | undefined;
}

/** The selected rows of one operation and cause, for a dry run. */
export interface SelectionGroup {
  readonly operation: Operation;
  readonly cause: string;
  readonly count: number;
  /** The newest error of the group. */
  readonly error: string | null;
}

const PARKED = `FROM gateway_operations
   WHERE completed_at IS NULL AND parked_at IS NOT NULL
     AND ($1::uuid[] IS NULL OR order_id = ANY ($1)) AND ($2::timestamptz IS NULL OR parked_at >= $2)
     AND ($3::timestamptz IS NULL OR parked_at < $3) AND ($4::text IS NULL OR parked_cause = $4)
     AND ($5::text IS NULL OR operation = $5)
     AND (parked_cause <> 'unverified' OR $1::uuid[] IS NOT NULL OR $4::text IS NOT NULL)`;

const GROUP_PARKED = statement(
  'gateway_operations_group_parked',
  `SELECT operation, parked_cause AS cause, count(*)::integer AS count,
          (array_agg(last_error ORDER BY parked_at DESC))[1] AS error
   ${PARKED}
   GROUP BY operation, parked_cause ORDER BY count DESC, operation, cause`,
);

const RELEASE = statement(
  'gateway_operations_release',
  `WITH selected AS (SELECT order_id, idempotency_key ${PARKED} ORDER BY order_id, idempotency_key FOR UPDATE)
   UPDATE gateway_operations AS o
   SET parked_at = NULL, parked_cause = NULL, next_attempt_at = now(), attempts = 0, rejections = 0,
       first_rejected_at = NULL, last_rejected_at = NULL,
       first_sent_at = CASE WHEN parked_cause = 'unverified' THEN NULL ELSE first_sent_at END,
       last_error = CASE WHEN parked_cause = 'unverified' THEN NULL ELSE last_error END
   FROM selected AS s
   WHERE o.order_id = s.order_id AND o.idempotency_key = s.idempotency_key
   RETURNING o.order_id AS "orderId"`,
);

const REFUSED = `FROM payments
   WHERE status = 'refund_failed'
     AND ($1::uuid[] IS NULL OR order_id = ANY ($1)) AND ($2::timestamptz IS NULL OR updated_at >= $2)
     AND ($3::timestamptz IS NULL OR updated_at < $3) AND ($4::text IS NULL OR refund_refusal = $4)`;

const GROUP_REFUSED = statement(
  'payments_group_refused_refunds',
  `SELECT 'refund' AS operation, refund_refusal AS cause, count(*)::integer AS count, NULL AS error
   ${REFUSED}
   GROUP BY refund_refusal ORDER BY count DESC, cause`,
);

const LIST_REFUSED = statement(
  'payments_list_refused_refunds',
  `SELECT order_id AS "orderId" ${REFUSED} ORDER BY order_id FOR UPDATE`,
);

const LAST_CAUSES = statement(
  'gateway_operations_last_causes',
  `SELECT DISTINCT ON (order_id) order_id AS "orderId", correlation_id AS "correlationId", causation_id AS "causationId",
          traceparent
   FROM gateway_operations WHERE order_id = ANY ($1::uuid[])
   ORDER BY order_id, created_at DESC, idempotency_key DESC`,
);

/** Groups the selected parked operations, the largest group first. */
export function groupParked(database: Database, selection: OperationSelection): Promise<SelectionGroup[]> {
  return database.query<SelectionGroup>(GROUP_PARKED, operationCriteria(selection));
}

/**
 * Makes the selected parked operations due, with all their attempts again. An unverified operation is sent without another
 * lookup: its release states that the gateway did not execute it.
 *
 * @returns the order of each operation
 */
export async function release(tx: Transaction, selection: OperationSelection): Promise<string[]> {
  const rows = await tx.query<{ orderId: string }>(RELEASE, operationCriteria(selection));
  return rows.map(({ orderId }) => orderId);
}

/** Groups the selected payments by the gateway's reason, the largest group first. */
export function groupRefusedRefunds(
  database: Database,
  selection: RefundSelection,
): Promise<SelectionGroup[]> {
  return database.query<SelectionGroup>(GROUP_REFUSED, refundCriteria(selection));
}

/** Locks the selected payments. @returns their order ids, sorted */
export async function lockRefusedRefunds(tx: Transaction, selection: RefundSelection): Promise<string[]> {
  const rows = await tx.query<{ orderId: string }>(LIST_REFUSED, refundCriteria(selection));
  return rows.map(({ orderId }) => orderId);
}

/** The cause of each order's last operation, by order id. Operations are pruned, so an order may have no entry. */
export async function findLastCauses(
  tx: Transaction,
  orderIds: readonly string[],
): Promise<Map<string, Cause>> {
  const rows = await tx.query<Cause & { readonly orderId: string }>(LAST_CAUSES, [orderIds]);
  return new Map(rows.map(({ orderId, ...cause }) => [orderId, cause]));
}

function operationCriteria(selection: OperationSelection): readonly unknown[] {
  return [...refundCriteria(selection), selection.operation ?? null];
}

function refundCriteria({ orderIds, since, until, cause }: RefundSelection): readonly unknown[] {
  return [orderIds ?? null, since ?? null, until ?? null, cause ?? null];
}
