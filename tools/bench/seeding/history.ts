import { Client } from 'pg';
import { type Service, services } from '#contracts';
import { skus } from '../load.js';
import { inventoryHistory } from './inventory-history.js';
import { type Basket, type TimeRange, orderHistory } from './order-history.js';
import { paymentHistory } from './payment-history.js';

/** Orders per statement: large for speed, small enough for progress lines. */
const PAGE = 250_000;
const DAYS = 60;
const DAY_MS = 86_400_000;
const NEWEST_AGE_MS = 2 * 3_600_000;

const STATEMENTS = { order: orderHistory, inventory: inventoryHistory, payment: paymentHistory };

/**
 * `seeded_id` derives the ids of the i-th order and of its messages (`kind`): UUIDs of version 7 with the order's time, equal
 * in every database. The table `seeded` has one row per order of the current page.
 */
const CREATE_FUNCTIONS = `
  CREATE OR REPLACE FUNCTION pg_temp.seeded_id(ms bigint, i bigint, kind integer) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    RETURN (lpad(to_hex(ms), 12, '0') || '75ee8' || lpad(to_hex(i * 16 + kind), 15, '0'))::uuid;
  CREATE TEMP TABLE IF NOT EXISTS seeded
    (i bigint, ms bigint, at timestamptz, order_id uuid, basket integer, total bigint)`;

const INSERT_PAGE = `
  INSERT INTO seeded
  SELECT i, ms, to_timestamp(ms / 1000.0), pg_temp.seeded_id(ms, i, 0), basket,
         (SELECT sum(price) FROM json_to_recordset($5::json) AS b (basket integer, price bigint) WHERE b.basket = s.basket)
  FROM (
    SELECT i, $3::bigint + (i - $6::bigint) * $4::bigint / ($7::bigint - $6::bigint + 1) AS ms,
           (i % ${skus.length})::integer AS basket
    FROM generate_series($1::bigint, $2::bigint) AS i
  ) AS s`;

const SELECT_PRICES =
  'SELECT sku, price_version AS "priceVersion", price_amount::integer AS price FROM products';

/**
 * Orders placed and completed during the last 60 days, in the state in which the three services leave them: lines,
 * transitions, reservations, payments and gateway operations, and, within the default retentions, idempotency keys, outbox
 * and inbox rows. Set-based SQL inserts them directly; the gateway's ledger does not have them.
 */
export class OrderHistory {
  private constructor(
    private readonly clients: Readonly<Record<Service, Client>>,
    private readonly baskets: readonly Basket[],
  ) {}

  static async open(databaseUrls: Readonly<Record<Service, string>>): Promise<OrderHistory> {
    const clients = services.map(
      (service) => new Client({ connectionString: databaseUrls[service], application_name: 'bench seed' }),
    );
    for (const client of clients) {
      client.on('error', () => {}); // the current or next statement rejects with it
      await client.connect();
      await client.query(`SET synchronous_commit = off; ${CREATE_FUNCTIONS}`);
    }
    const byService = Object.fromEntries(services.map((service, index) => [service, clients[index]]));
    const connected = byService as Record<Service, Client>;
    return new OrderHistory(connected, await readBaskets(connected.order));
  }

  /** Adds the orders numbered `first` to `last`. Numbers must not repeat over all calls. */
  async add(first: number, last: number, onProgress: (done: number) => void = () => {}): Promise<void> {
    const now = Date.now();
    const era: TimeRange = { sinceMs: now - DAYS * DAY_MS, nowMs: now };
    for (let from = first; from <= last; from += PAGE) {
      const to = Math.min(last, from + PAGE - 1);
      await Promise.all(services.map((service) => this.addPage(service, [from, to], [first, last], era)));
      onProgress(to);
    }
  }

  /** The work that autovacuum and the checkpointer would have done in 60 days. */
  async vacuum(): Promise<void> {
    await Promise.all(Object.values(this.clients).map((client) => client.query('VACUUM (ANALYZE)')));
    // CHECKPOINT needs a privilege that an external server may not grant.
    await this.clients.order.query('CHECKPOINT').catch(() => {});
  }

  /**
   * Removes all orders older than the order id `sinceId`, so the remaining ones match the gateway's ledger. Copies the newer
   * rows, truncates the tables and inserts them again: faster than deleting millions of rows.
   */
  async removeBefore(sinceId: string): Promise<void> {
    await Promise.all(
      services.map(async (service) => {
        const client = this.clients[service];
        const { tables, before = [] } = STATEMENTS[service];
        await client.query('BEGIN');
        for (const statement of before) await client.query(statement);
        const names = Object.keys(tables);
        for (const [table, column] of Object.entries(tables))
          await client.query(copyKept(table, column, sinceId));
        await client.query(`TRUNCATE ${names.join(', ')}`);
        for (const table of names)
          await client.query(`INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM kept_${table}`);
        await client.query('COMMIT');
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.clients).map((client) => client.end()));
  }

  private async addPage(
    service: Service,
    [from, to]: readonly [number, number],
    [first, last]: readonly [number, number],
    era: TimeRange,
  ): Promise<void> {
    const client = this.clients[service];
    const span = era.nowMs - NEWEST_AGE_MS - era.sinceMs;
    await client.query('BEGIN; TRUNCATE seeded');
    const prices = JSON.stringify(this.baskets);
    await client.query(INSERT_PAGE, [from, to, era.sinceMs, span, prices, first, last]);
    for (const statement of STATEMENTS[service].add(this.baskets)) await client.query(statement);
    await client.query('COMMIT');
  }
}

function copyKept(table: string, column: string, sinceId: string): string {
  // A subject is text; a product's subject is its SKU, which sorts after every UUID.
  const value = column === 'subject' ? `'${sinceId}'` : `'${sinceId}'::uuid`;
  const collation = column === 'subject' ? ' COLLATE "C"' : '';
  return `CREATE TEMP TABLE kept_${table} ON COMMIT DROP AS SELECT * FROM ${table} WHERE ${column}${collation} >= ${value}`;
}

/** Ten baskets of two SKUs each, at the prices of the catalogue. */
async function readBaskets(order: Client): Promise<Basket[]> {
  const { rows } = await order.query<{ sku: string; price: number; priceVersion: number }>(SELECT_PRICES);
  const listed = new Map(rows.map((row) => [row.sku, row]));
  return skus.flatMap((sku, basket) =>
    [sku, skus[(basket + 3) % skus.length]!].map((name, index) => {
      const product = listed.get(name);
      if (!product) throw new Error(`${name} is not in the catalogue`);
      return { basket, line: index + 1, ...product };
    }),
  );
}

/** The smallest UUID of version 7 with this timestamp, in ms since the epoch. */
export function minUuidAt(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
