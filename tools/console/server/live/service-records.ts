import { type Service, services } from '#contracts';
import { statement } from '#database';
import type { GatewayState, OrderRow } from '../../protocol.js';
import type { Databases } from '../databases.js';

// Partial indexes and the ends of primary keys only, with a bound on every count: the cost does not grow with the tables.
const COMMON = `
  (SELECT count(*)::integer FROM (
     SELECT FROM outbox WHERE published_at IS NULL AND parked_at IS NULL LIMIT 10000
   ) AS pending) AS "outboxPending",
  coalesce((SELECT extract(epoch FROM now() - occurred_at) * 1000 FROM outbox
            WHERE published_at IS NULL AND parked_at IS NULL ORDER BY position LIMIT 1), 0)::float8 AS "outboxOldestMs",
  (SELECT count(*)::integer FROM (SELECT FROM outbox WHERE parked_at IS NOT NULL LIMIT 1000) AS parked) AS "parked",
  (SELECT count(*)::integer FROM (SELECT FROM dead_letters WHERE status = 'open' LIMIT 1000) AS open) AS "deadLetters",
  coalesce((SELECT position FROM outbox ORDER BY position DESC LIMIT 1), 0)::float8 AS "written",
  coalesce((SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'inbox'), 0)::float8 AS "claimed"`;

const INVENTORY = statement('console_live_inventory', `SELECT ${COMMON}`);

const PAYMENT = statement(
  'console_live_payment',
  `SELECT ${COMMON}, (
     SELECT json_build_object(
       'inFlight', count(*),
       'retrying', count(*) FILTER (WHERE attempts > 1 OR last_error IS NOT NULL),
       'parked', count(*) FILTER (WHERE parked_at IS NOT NULL),
       'oldestMs', coalesce(max(extract(epoch FROM now() - created_at) * 1000), 0))
     FROM (SELECT * FROM gateway_operations WHERE completed_at IS NULL LIMIT 10000) AS pending
   ) AS gateway`,
);

// The newest 1,000 orders by id, which is about the order of placing: the ids are UUIDs of version 7.
const ORDER = statement(
  'console_live_order',
  `WITH recent AS MATERIALIZED (
     SELECT id, status, cancellation, stock, payment, total_amount, currency, placed_at, updated_at
     FROM orders ORDER BY id DESC LIMIT 1000
   ), shown AS (
     SELECT * FROM recent ORDER BY id DESC LIMIT 40
   ), items AS (
     SELECT l.order_id, string_agg(l.quantity || ' × ' || p.name_en, ' + ' ORDER BY l.line) AS en,
            string_agg(l.quantity || ' × ' || p.name_zh, ' + ' ORDER BY l.line) AS zh
     FROM shown JOIN order_lines AS l ON l.order_id = shown.id JOIN products AS p USING (sku)
     GROUP BY l.order_id
   ), completed AS (
     SELECT extract(epoch FROM updated_at - placed_at) * 1000 AS ms FROM recent
     WHERE status = 'completed' AND updated_at > now() - interval '1 minute'
   )
   SELECT ${COMMON},
     (SELECT count(*) FROM recent WHERE placed_at > now() - interval '4 seconds')::integer AS "acceptedNewly",
     (SELECT extract(epoch FROM now() - min(placed_at)) FROM recent)::float8 AS "recentSeconds",
     (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FROM completed)::float8 AS p50,
     (SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY ms) FROM completed)::float8 AS p99,
     (SELECT coalesce(json_object_agg(status, count), '{}') FROM (
        SELECT status, count(*) FROM (
          SELECT status FROM orders WHERE status IN ('pending', 'confirmed', 'cancelling') LIMIT 10000
        ) AS open GROUP BY status) AS by_status) AS "open",
     (SELECT coalesce(json_agg(json_build_object(
        'id', shown.id, 'placedAt', round(extract(epoch FROM placed_at) * 1000),
        'items', json_build_object('en', coalesce(items.en, ''), 'zh', coalesce(items.zh, '')),
        'amount', total_amount, 'currency', currency, 'status', status, 'reason', cancellation,
        'stock', stock, 'payment', payment,
        'ms', round(extract(epoch FROM updated_at - placed_at) * 1000)) ORDER BY shown.id DESC), '[]')
      FROM shown LEFT JOIN items ON items.order_id = shown.id) AS orders`,
);

/** The figures that each service's database has. `written` and `claimed` are cumulative. */
export interface ServiceRecords {
  readonly outboxPending: number;
  readonly outboxOldestMs: number;
  readonly parked: number;
  readonly deadLetters: number;
  readonly written: number;
  readonly claimed: number;
}

export interface OrderRecords extends ServiceRecords {
  readonly acceptedNewly: number;
  /** Age of the oldest of the newest 1,000 orders; null without orders. */
  readonly recentSeconds: number | null;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly open: Readonly<Record<string, number>>;
  readonly orders: readonly OrderRow[];
}

export interface PaymentRecords extends ServiceRecords {
  readonly gateway: Pick<GatewayState, 'inFlight' | 'retrying' | 'parked' | 'oldestMs'>;
}

const statements = { order: ORDER, inventory: INVENTORY, payment: PAYMENT } as const satisfies Record<
  Service,
  object
>;

/** Reads the figures of one service with one statement. @throws SourceUnavailableError and errors of the database */
export async function readServiceRecords(databases: Databases, service: Service): Promise<ServiceRecords> {
  const database = await databases.open(service);
  const [row] = await database.query<ServiceRecords>(statements[service]);
  return row!;
}

/** Accepted orders per second over the last 4 s, or over the span of the newest 1,000 orders if that is shorter. */
export function acceptedPerSecond({ acceptedNewly, recentSeconds }: OrderRecords): number {
  const spanSeconds = acceptedNewly >= 1_000 ? Math.max(0.05, recentSeconds ?? 4) : 4;
  return acceptedNewly / spanSeconds;
}

/** The names of the sources of {@link readServiceRecords}, as the page shows them. */
export const databaseSources: Readonly<Record<Service, string>> = Object.fromEntries(
  services.map((service) => [service, `database of ${service}`]),
) as Record<Service, string>;
