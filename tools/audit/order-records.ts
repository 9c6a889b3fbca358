import type { Operation } from '../../apps/payment/src/domain/payment-table.js';
import { type Charge, chargesByReference } from './charges.js';
import { ledgerPages } from './gateway-ledger.js';
import { type Merged, mergeByKey, toPages } from './merge-join.js';
import type { Snapshots } from './sources.js';

export interface OrderRow {
  readonly key: string;
  readonly status: string;
  /** The last stock and payment reports that the order received. */
  readonly stock: string;
  readonly payment: string;
  readonly amount: number;
  readonly currency: string;
  /** Units per SKU as text, `CUP × 1, TEA × 2`; comparable between an order and its reservation. */
  readonly lines: string | null;
}

export interface ReservationRow {
  readonly key: string;
  readonly status: string;
  readonly lines: string | null;
}

export interface PaymentRow {
  readonly key: string;
  readonly status: string;
  readonly amount: number | null;
  readonly currency: string | null;
  readonly authorizationId: string | null;
  readonly captureId: string | null;
  readonly voidId: string | null;
  readonly refundId: string | null;
  readonly declineReason: string | null;
  readonly captureRefusal: string | null;
  readonly voidRefusal: string | null;
  readonly refundRefusal: string | null;
  /** Operations that an operator recorded as executed outside; the gateway's ledger may lack them. */
  readonly settledOutside: readonly Operation[];
}

/** The records of all services and the gateway about one order. The key is its id. */
export type OrderRecords = Merged<{
  readonly orders: OrderRow;
  readonly reservations: ReservationRow;
  readonly payments: PaymentRow;
  readonly charges: Charge;
  /** A client received 202 for the order. */
  readonly accepted: { readonly key: string };
}>;

const ORDERS = `
  SELECT o.id AS key, o.status, o.stock, o.payment, o.total_amount AS amount, o.currency, l.lines
  FROM orders AS o
  LEFT JOIN (
    SELECT order_id, string_agg(sku || ' × ' || quantity, ', ' ORDER BY sku COLLATE "C") AS lines
    FROM (SELECT order_id, sku, sum(quantity) AS quantity FROM order_lines GROUP BY order_id, sku) AS per_sku
    GROUP BY order_id
  ) AS l ON l.order_id = o.id
  ORDER BY o.id`;

const RESERVATIONS = `
  SELECT order_id AS key, status, (
    SELECT string_agg(sku || ' × ' || quantity, ', ' ORDER BY sku COLLATE "C")
    FROM (
      SELECT sku, sum(quantity) AS quantity
      FROM jsonb_to_recordset(lines) AS line (sku text, quantity bigint)
      GROUP BY sku
    ) AS per_sku
  ) AS lines
  FROM reservations
  ORDER BY order_id`;

const PAYMENTS = `
  SELECT order_id AS key, status, amount, currency, authorization_id AS "authorizationId",
         capture_id AS "captureId", void_id AS "voidId", refund_id AS "refundId",
         decline_reason AS "declineReason", capture_refusal AS "captureRefusal",
         void_refusal AS "voidRefusal", refund_refusal AS "refundRefusal",
         COALESCE(s.operations, '{}') AS "settledOutside"
  FROM payments
  LEFT JOIN (
    SELECT order_id, array_agg(operation) AS operations FROM external_settlements GROUP BY order_id
  ) AS s USING (order_id)
  ORDER BY order_id`;

/**
 * Streams the records of every order known to any source, by id. Charges are empty without a gateway URL.
 * @param accepted ids of the orders for which a client received 202
 */
export function readOrderRecords(
  { order, inventory, payment }: Snapshots,
  gatewayUrl: string | undefined,
  accepted: readonly string[],
): AsyncGenerator<OrderRecords, void> {
  return mergeByKey({
    orders: order.pages<OrderRow>(ORDERS),
    reservations: inventory.pages<ReservationRow>(RESERVATIONS),
    payments: payment.pages<PaymentRow>(PAYMENTS),
    charges: gatewayUrl === undefined ? toPages<Charge>([]) : chargesByReference(ledgerPages(gatewayUrl)),
    accepted: toPages([...new Set(accepted)].sort().map((key) => ({ key }))),
  });
}
