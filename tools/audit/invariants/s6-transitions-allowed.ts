import { reservationTransitions } from '../../../apps/inventory/src/domain/stock.js';
import { orderTransitions, nextPaymentReports } from '../../../apps/order/src/domain/order-table.js';
import type { Invariant } from './invariant.js';

type Step = readonly [from: string | null, to: string];

const paymentReports: readonly Step[] = Object.entries(nextPaymentReports).flatMap(([from, next]) =>
  next.map((to): Step => [from === 'none' ? null : from, to]),
);

/** Two arrays for `unnest`: the source and the target of each allowed transition. */
function unnestParameters(steps: readonly Step[]): readonly [from: (string | null)[], to: string[]] {
  return [steps.map(([from]) => from), steps.map(([, to]) => to)];
}

const isAllowedSql = (from: string, to: string): string =>
  `EXISTS (SELECT FROM unnest($1::text[], $2::text[]) AS allowed (step_from, step_to)
           WHERE step_from IS NOT DISTINCT FROM ${from} AND step_to = ${to})`;

/**
 * The transitions of reservations and payments are recorded in the outbox, which is pruned. For an older reservation or
 * payment the first events may be missing; then only the later ones are compared. Events are retained for at least an
 * hour, and no event that occurred after the oldest remaining `published_at` was pruned.
 */
const RETAINED_SINCE = `LEAST((SELECT min(published_at) FROM outbox), now() - interval '1 hour')`;

const eventStepsSql = (types: string, table: string): string => `
  SELECT e.*, COALESCE(a.created_at, e.occurred_at) >= ${RETAINED_SINCE} AS is_complete
  FROM (
    SELECT subject, sequence, occurred_at, split_part(type, '.', 2) AS event_status,
           lag(sequence) OVER w AS previous_sequence, lag(split_part(type, '.', 2)) OVER w AS previous_event_status
    FROM outbox
    WHERE type LIKE '${types}.%'
    WINDOW w AS (PARTITION BY subject ORDER BY sequence, position)
  ) AS e
  LEFT JOIN ${table} AS a ON a.order_id::text = e.subject`;

const lastEventsSql = (types: string): string => `
  SELECT DISTINCT ON (subject) subject, sequence, split_part(type, '.', 2) AS event_status
  FROM outbox
  WHERE type LIKE '${types}.%'
  ORDER BY subject, sequence DESC`;

export const s6: Invariant = {
  id: 'S6',
  statement: {
    en: 'every recorded transition is allowed, and versions increase by one',
    zh: '每次记录的状态变化都合法，且版本逐一递增',
  },
  sql: [
    {
      service: 'order',
      problem: { en: 'a transition of the order is not allowed', zh: '订单有不合法的状态变化' },
      violations: `
        SELECT order_id AS "orderId", version, from_status AS "from", to_status AS "to",
               previous_version AS "previousVersion", previous_status AS "previousStatus"
        FROM (
          SELECT order_id, version, from_status, to_status,
                 lag(version) OVER w AS previous_version, lag(to_status) OVER w AS previous_status
          FROM order_transitions
          WINDOW w AS (PARTITION BY order_id ORDER BY version)
        ) AS step
        WHERE version <> COALESCE(previous_version, 0) + 1
           OR from_status IS DISTINCT FROM previous_status
           OR NOT ${isAllowedSql('from_status', 'to_status')}
        ORDER BY order_id, version`,
      values: unnestParameters(orderTransitions),
      count: 'SELECT count(*) FROM order_transitions',
    },
    {
      service: 'order',
      problem: { en: 'the order differs from its last transition', zh: '订单状态与最后一次变化不符' },
      violations: `
        SELECT o.id AS "orderId", o.status, o.version, t.to_status AS "lastStatus", t.version AS "lastVersion"
        FROM orders AS o
        LEFT JOIN (
          SELECT DISTINCT ON (order_id) order_id, version, to_status
          FROM order_transitions
          ORDER BY order_id, version DESC
        ) AS t ON t.order_id = o.id
        WHERE (o.status, o.version) IS DISTINCT FROM (t.to_status, t.version)
        ORDER BY o.id`,
    },
    {
      service: 'inventory',
      problem: { en: 'a transition of the reservation is not allowed', zh: '预占有不合法的状态变化' },
      violations: `
        SELECT subject AS "orderId", sequence AS version, previous_event_status AS "from", event_status AS "to",
               previous_sequence AS "previousVersion"
        FROM (${eventStepsSql('stock', 'reservations')}) AS step
        WHERE (previous_sequence IS NOT NULL OR is_complete)
          AND (sequence <> COALESCE(previous_sequence, 0) + 1 OR NOT ${isAllowedSql('previous_event_status', 'event_status')})
        ORDER BY subject, sequence`,
      values: unnestParameters(reservationTransitions),
      count: `SELECT count(*) FROM outbox WHERE type LIKE 'stock.%'`,
    },
    {
      service: 'inventory',
      problem: { en: 'the reservation differs from its last transition', zh: '预占状态与最后一次变化不符' },
      violations: `
        SELECT r.order_id AS "orderId", r.status, r.version, e.event_status AS "lastStatus", e.sequence AS "lastVersion"
        FROM reservations AS r
        LEFT JOIN (${lastEventsSql('stock')}) AS e ON e.subject = r.order_id::text
        WHERE (e.event_status, e.sequence) IS DISTINCT FROM (r.status, r.version)
          AND (e.event_status IS NOT NULL OR r.updated_at >= ${RETAINED_SINCE})
        ORDER BY r.order_id`,
    },
    {
      // A payment publishes events for some of its transitions only, so versions may be skipped.
      service: 'payment',
      problem: { en: 'a transition of the payment is not allowed', zh: '支付有不合法的状态变化' },
      violations: `
        SELECT subject AS "orderId", sequence AS version, previous_event_status AS "from", event_status AS "to",
               previous_sequence AS "previousVersion"
        FROM (${eventStepsSql('payment', 'payments')}) AS step
        WHERE (previous_sequence IS NOT NULL OR is_complete)
          AND (sequence <= COALESCE(previous_sequence, 0) OR NOT ${isAllowedSql('previous_event_status', 'event_status')})
        ORDER BY subject, sequence`,
      values: unnestParameters(paymentReports),
      count: `SELECT count(*) FROM outbox WHERE type LIKE 'payment.%'`,
    },
    {
      service: 'payment',
      problem: { en: 'the payment differs from its last transition', zh: '支付状态与最后一次变化不符' },
      violations: `
        SELECT p.order_id AS "orderId", p.status, p.version, e.event_status AS "lastStatus", e.sequence AS "lastVersion"
        FROM payments AS p
        LEFT JOIN (${lastEventsSql('payment')}) AS e ON e.subject = p.order_id::text
        WHERE p.version < e.sequence
           OR p.status NOT IN ('authorizing', 'capturing', 'voiding', 'refunding')
          AND (e.event_status, e.sequence) IS DISTINCT FROM (p.status, p.version)
          AND (e.event_status IS NOT NULL OR p.updated_at >= ${RETAINED_SINCE})
        ORDER BY p.order_id`,
    },
  ],
};
