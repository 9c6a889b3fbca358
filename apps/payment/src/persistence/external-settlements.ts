import { statement, type Transaction } from '#database';
import type { GatewayRequest } from '../domain/payment.js';

const LOCK_REQUEST = statement(
  'gateway_operations_lock_request',
  `SELECT CASE WHEN completed_at IS NULL AND leased_until > clock_timestamp() THEN leased_until END AS "inFlightUntil"
   FROM gateway_operations WHERE order_id = $1 AND idempotency_key = $2
   FOR UPDATE`,
);

// Without a lease, a process that still holds an expired one changes nothing. No request was sent, so no attempt counts.
const COMPLETE = statement(
  'gateway_operations_complete_outside',
  `UPDATE gateway_operations
   SET outcome = $3, completed_at = now(), leased_until = NULL, last_error = NULL, parked_at = NULL,
       parked_cause = NULL
   WHERE order_id = $1 AND idempotency_key = $2 AND completed_at IS NULL`,
);

const ADD = statement(
  'external_settlements_add',
  'INSERT INTO external_settlements (order_id, operation, reference) VALUES ($1, $2, $3)',
);

/**
 * Locks an operation against leases until the transaction ends.
 *
 * @returns the time until which a request for it may be in flight; undefined when none is
 */
export async function lockRequest(
  tx: Transaction,
  orderId: string,
  { idempotencyKey }: GatewayRequest,
): Promise<Date | undefined> {
  const [row] = await tx.query<{ inFlightUntil: Date | null }>(LOCK_REQUEST, [orderId, idempotencyKey]);
  return row?.inFlightUntil ?? undefined;
}

/**
 * Completes the operation if it is pending: the dispatcher never sends it again. Records an executed one under its
 * `reference`, for the comparison with the gateway's ledger; undefined means refused, and moved no money.
 */
export async function addSettlement(
  tx: Transaction,
  orderId: string,
  { operation, idempotencyKey }: GatewayRequest,
  reference: string | undefined,
): Promise<void> {
  if (reference !== undefined) await tx.query(ADD, [orderId, operation, reference]);
  await tx.query(COMPLETE, [orderId, idempotencyKey, reference === undefined ? 'refused' : 'approved']);
}
