import { Client } from 'pg';
import { type Service, services } from '#contracts';
import { skus } from '../load.js';
import { inventoryHistory } from './inventory-history.js';
import { type Basket, type TimeRange, orderHistory } from './order-history.js';
import { paymentHistory } from './payment-history.js';

/** Orders written by one statement of each kind: enough to be quick, few enough to tell how it goes on. */
const PAGE = 250_000;
const DAYS = 60;
const DAY_MS = 86_400_000;
const NEWEST_AGE_MS = 2 * 3_600_000;

const STATEMENTS = { order: orderHistory, inventory: inventoryHistory, payment: paymentHistory };

/**
 * The i-th order of `seeded`, placed at `at`, and its ids. Its messages have ids of their own, made of the same number;
 * all are UUIDs of version 7 of that time, as real ones are, and the same in every database.
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
 * Orders that were placed and completed during the last sixty days, as they would have left the tables of the three
 * services: with lines, steps, reservations, payments and what the gateway was asked; and, as far back as the standard
 * retentions go, with keys, outbox and inbox. Written in sets, past the services. The gateway knows nothing of them.
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
      client.on('error', () => {}); // the statement under way, or the next one, fails with it
      await client.connect();
      await client.query(`SET synchronous_commit = off; ${CREATE_FUNCTIONS}`);
    }
    const byService = Object.fromEntries(services.map((service, index) => [service, clients[index]]));
    const connected = byService as Record<Service, Client>;
    return new OrderHistory(connected, await readBaskets(connected.order));
  }

  /** Adds the orders numbered from `first` to `last`. No number may come twice. */
  async add(first: number, last: number, onProgress: (done: number) => void = () => {}): Promise<void> {
    const now = Date.now();
    const era: TimeRange = { sinceMs: now - DAYS * DAY_MS, nowMs: now };
    for (let from = first; from <= last; from += PAGE) {
      const to = Math.min(last, from + PAGE - 1);
      await Promise.all(services.map((service) => this.addPage(service, [from, to], [first, last], era)));
      onProgress(to);
    }
  }

  /** What autovacuum would have done by then. */
  async vacuum(): Promise<void> {
    await Promise.all(Object.values(this.clients).map((client) => client.query('VACUUM (ANALYZE)')));
    // A server that was given may not let us.
    await this.clients.order.query('CHECKPOINT').catch(() => {});
  }

  /**
   * Takes out all that is older than the order `sinceId`, so that what is left can be held against the gateway's books.
   * The tables are copied, emptied and filled again: there may be millions to take out.
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
  // A subject is text, and of a product it is a SKU, which sorts behind every id.
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
