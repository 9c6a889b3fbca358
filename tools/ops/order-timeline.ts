import { type Service } from '#contracts';
import { type Database, statement } from '#database';

/** One thing that happened to an order. */
export interface JourneyStep {
  readonly at: Date;
  readonly service: Service;
  /** Which of its books says so. */
  readonly book: 'order' | 'stock' | 'payment' | 'gateway' | 'outbox' | 'inbox' | 'dead letter';
  readonly what: string;
  /** Whether it is something to worry about. */
  readonly isTrouble: boolean;
}

type Row = Omit<JourneyStep, 'service' | 'isTrouble'> & { readonly isTrouble: boolean | null };

// The sequence of an event is its producer's version after the step, so steps of one instant keep their order.
const ORDER = statement(
  'ops_journey_order',
  `SELECT at, 'order' AS book, false AS "isTrouble",
          concat_ws(' ', to_status, '(' || trigger || ')', 'because of ' || reason,
                    '  stock ' || stock || ', payment ' || payment) AS what
   FROM order_transitions WHERE order_id = $1::uuid ORDER BY version`,
);

const STOCK = statement(
  'ops_journey_stock',
  `SELECT updated_at AS at, 'stock' AS book, status = 'rejected' AS "isTrouble",
          concat('is ', status, ' since: ', (
            SELECT string_agg((line->>'sku') || ' × ' || (line->>'quantity'), ', ') FROM jsonb_array_elements(lines) AS line
          )) AS what
   FROM reservations WHERE order_id = $1::uuid`,
);

const PAYMENT = statement(
  'ops_journey_payment',
  `SELECT updated_at AS at, 'payment' AS book, status IN ('declined', 'capture_failed', 'refund_failed') AS "isTrouble",
          concat_ws(' ', 'is', status, 'since:', amount, currency,
                    coalesce(refund_refusal, capture_refusal, void_refusal, decline_reason)) AS what
   FROM payments WHERE order_id = $1::uuid`,
);

const GATEWAY = statement(
  'ops_journey_gateway',
  `SELECT coalesce(answered_at, created_at) AS at, 'gateway' AS book, answer IS DISTINCT FROM 'approved' AS "isTrouble",
          CASE WHEN answered_at IS NULL
               THEN concat_ws(' ', operation, 'not answered,', attempts, 'attempts', '  ' || last_error)
               ELSE concat_ws(' ', operation, answer, 'after',
                              round(extract(epoch FROM answered_at - created_at) * 1000), 'ms',
                              'in attempt ' || nullif(attempts, 1)) END AS what
   FROM gateway_operations WHERE order_id = $1::uuid`,
);

const OUTBOX = statement(
  'ops_journey_outbox',
  `SELECT occurred_at AS at, 'outbox' AS book, published_at IS NULL AND (set_aside_at IS NOT NULL OR attempts > 0) AS "isTrouble",
          concat_ws(' ', type, '#' || sequence, CASE
            WHEN set_aside_at IS NOT NULL THEN 'set aside: ' || last_error
            WHEN published_at IS NULL THEN 'not published yet'
            ELSE 'published after ' || round(extract(epoch FROM published_at - occurred_at) * 1000) || ' ms' END) AS what
   FROM outbox WHERE subject = $1 ORDER BY position`,
);

const INBOX = statement(
  'ops_journey_inbox',
  `SELECT claimed_at AS at, 'inbox' AS book, outcome = 'overtaken' AS "isTrouble",
          concat_ws(' ', outcome, type, '#' || sequence, 'from', producer) AS what
   FROM inbox WHERE subject = $1 ORDER BY position`,
);

const DEAD_LETTERS = statement(
  'ops_journey_dead_letters',
  `SELECT last_failed_at AS at, 'dead letter' AS book, status = 'open' AS "isTrouble",
          concat_ws(' ', status, coalesce(type, 'no event'), 'in', queue, reason || ':', error, '(' || id || ')') AS what
   FROM dead_letters WHERE position(convert_to($1, 'UTF8') IN body) > 0`,
);

const ofAll = [OUTBOX, INBOX, DEAD_LETTERS];
const booksOf = {
  order: [ORDER, ...ofAll],
  inventory: [STOCK, ...ofAll],
  payment: [PAYMENT, GATEWAY, ...ofAll],
} as const satisfies Record<Service, unknown>;

/** All that a service has on record about an order, in time. */
export async function journeyIn(
  service: Service,
  database: Database,
  orderId: string,
): Promise<JourneyStep[]> {
  const steps: JourneyStep[] = [];
  for (const book of booksOf[service]) {
    const rows = await database.query<Row>(book, [orderId]);
    steps.push(...rows.map((row) => ({ ...row, service, isTrouble: row.isTrouble === true })));
  }
  return steps;
}
