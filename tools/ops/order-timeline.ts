import { type Service } from '#contracts';
import { type Database, statement } from '#database';

/** An event in the history of an order. */
export interface TimelineEntry {
  readonly at: Date;
  readonly service: Service;
  /** The record that has the event. */
  readonly source: 'order' | 'stock' | 'payment' | 'gateway' | 'outbox' | 'inbox' | 'dead letter';
  readonly description: string;
  /** Whether the event is a failure or may need an operator. */
  readonly isWarning: boolean;
}

type Row = Omit<TimelineEntry, 'service' | 'isWarning'> & { readonly isWarning: boolean | null };

// The sequence of an event is its producer's version after the step, so steps of one instant keep their order.
const ORDER = statement(
  'ops_timeline_order',
  `SELECT at, 'order' AS source, false AS "isWarning",
          concat_ws(' ', to_status, '(' || trigger || ')', 'because of ' || reason,
                    '  stock ' || stock || ', payment ' || payment) AS description
   FROM order_transitions WHERE order_id = $1::uuid ORDER BY version`,
);

const STOCK = statement(
  'ops_timeline_stock',
  `SELECT updated_at AS at, 'stock' AS source, status = 'rejected' AS "isWarning",
          concat('is ', status, ' since: ', (
            SELECT string_agg((line->>'sku') || ' × ' || (line->>'quantity'), ', ') FROM jsonb_array_elements(lines) AS line
          )) AS description
   FROM reservations WHERE order_id = $1::uuid`,
);

const PAYMENT = statement(
  'ops_timeline_payment',
  `SELECT updated_at AS at, 'payment' AS source, status IN ('declined', 'capture_failed', 'refund_failed') AS "isWarning",
          concat_ws(' ', 'is', status, 'since:', amount, currency,
                    coalesce(refund_refusal, capture_refusal, void_refusal, decline_reason)) AS description
   FROM payments WHERE order_id = $1::uuid`,
);

const GATEWAY = statement(
  'ops_timeline_gateway',
  `SELECT coalesce(completed_at, created_at) AS at, 'gateway' AS source, outcome IS DISTINCT FROM 'approved' AS "isWarning",
          CASE WHEN completed_at IS NULL
               THEN concat_ws(' ', operation, 'no response,', attempts, 'attempts', '  ' || last_error)
               ELSE concat_ws(' ', operation, outcome, 'after',
                              round(extract(epoch FROM completed_at - created_at) * 1000), 'ms',
                              'in attempt ' || nullif(attempts, 1)) END AS description
   FROM gateway_operations WHERE order_id = $1::uuid`,
);

const SETTLEMENTS = statement(
  'ops_timeline_settlements',
  `SELECT settled_at AS at, 'gateway' AS source, true AS "isWarning",
          concat_ws(' ', operation, 'settled outside as', reference) AS description
   FROM external_settlements WHERE order_id = $1::uuid`,
);

const OUTBOX = statement(
  'ops_timeline_outbox',
  `SELECT occurred_at AS at, 'outbox' AS source, published_at IS NULL AND (parked_at IS NOT NULL OR attempts > 0) AS "isWarning",
          concat_ws(' ', type, '#' || sequence, CASE
            WHEN parked_at IS NOT NULL THEN 'parked: ' || last_error
            WHEN published_at IS NULL THEN 'not published yet'
            ELSE 'published after ' || round(extract(epoch FROM published_at - occurred_at) * 1000) || ' ms' END) AS description
   FROM outbox WHERE subject = $1 ORDER BY position`,
);

const INBOX = statement(
  'ops_timeline_inbox',
  `SELECT claimed_at AS at, 'inbox' AS source, outcome = 'overtaken' AS "isWarning",
          concat_ws(' ', outcome, type, '#' || sequence, 'from', producer) AS description
   FROM inbox WHERE subject = $1 ORDER BY position`,
);

const DEAD_LETTERS = statement(
  'ops_timeline_dead_letters',
  `SELECT last_failed_at AS at, 'dead letter' AS source, status = 'open' AS "isWarning",
          concat_ws(' ', status, coalesce(type, 'no event'), 'in', queue, failure_reason || ':', error, '(' || id || ')') AS description
   FROM dead_letters WHERE position(convert_to($1, 'UTF8') IN body) > 0`,
);

const commonStatements = [OUTBOX, INBOX, DEAD_LETTERS];
const statementsByService = {
  order: [ORDER, ...commonStatements],
  inventory: [STOCK, ...commonStatements],
  payment: [PAYMENT, GATEWAY, SETTLEMENTS, ...commonStatements],
} as const satisfies Record<Service, unknown>;

/** Reads all records of a service about an order. */
export async function readTimeline(
  service: Service,
  database: Database,
  orderId: string,
): Promise<TimelineEntry[]> {
  const steps: TimelineEntry[] = [];
  for (const query of statementsByService[service]) {
    const rows = await database.query<Row>(query, [orderId]);
    steps.push(...rows.map((row) => ({ ...row, service, isWarning: row.isWarning === true })));
  }
  return steps;
}
