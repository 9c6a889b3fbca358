import { Client } from 'pg';

const MESSAGING = `
  CREATE TABLE inbox (message_id uuid PRIMARY KEY);
  CREATE TABLE outbox (id uuid PRIMARY KEY, body text NOT NULL);`;

/** The tables of an order's flow, with primary keys and no other index. */
export const schema = {
  order: `${MESSAGING}
    CREATE TABLE products (sku text PRIMARY KEY, price_version integer NOT NULL, price_amount bigint NOT NULL);
    CREATE TABLE orders (
      id uuid PRIMARY KEY, customer_id text NOT NULL, status text NOT NULL, stock text NOT NULL, payment text NOT NULL,
      version integer NOT NULL, total bigint NOT NULL, correlation_id text NOT NULL, traceparent text NOT NULL,
      placed_at timestamptz NOT NULL DEFAULT now(), deadline_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 60);
    CREATE TABLE order_lines (
      order_id uuid, line integer, sku text NOT NULL, quantity integer NOT NULL, unit_price bigint NOT NULL,
      price_version integer NOT NULL, PRIMARY KEY (order_id, line));
    CREATE TABLE order_transitions (
      order_id uuid, version integer, trigger text NOT NULL, from_status text, to_status text NOT NULL,
      stock text NOT NULL, payment text NOT NULL, message_id uuid, at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (order_id, version));
    CREATE TABLE idempotency_keys (
      customer_id text, key text, order_id uuid NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (customer_id, key));`,
  inventory: `${MESSAGING}
    CREATE TABLE stock_levels (
      sku text PRIMARY KEY, received bigint NOT NULL, available bigint NOT NULL CHECK (available >= 0),
      held bigint NOT NULL DEFAULT 0, deducted bigint NOT NULL DEFAULT 0,
      CHECK (received = available + held + deducted)) WITH (fillfactor = 50);
    CREATE TABLE reservations (
      order_id uuid PRIMARY KEY, status text NOT NULL, lines jsonb NOT NULL, version integer NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()
    ) WITH (fillfactor = 80);`,
  payment: `${MESSAGING}
    CREATE TABLE payments (
      order_id uuid PRIMARY KEY, status text NOT NULL, amount bigint NOT NULL, currency text NOT NULL,
      token text NOT NULL, authorization_id text, capture_id text, version integer NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()
    ) WITH (fillfactor = 50);`,
};

/** The SKUs of the load, with a price and stock. */
const SEED = {
  order: `INSERT INTO products SELECT sku, 1, 10000 + 100 * ordinality FROM unnest($1::text[]) WITH ORDINALITY AS s (sku)`,
  inventory: `INSERT INTO stock_levels (sku, received, available) SELECT sku, $2, $2 FROM unnest($1::text[]) AS s (sku)`,
};

/** Creates the tables, with `quantity` units of each SKU in stock. */
export async function createTables(
  urls: Readonly<Record<keyof typeof schema, string>>,
  skus: readonly string[],
  quantity: number,
): Promise<void> {
  await run(urls.order, [[schema.order], [SEED.order, [skus]]]);
  await run(urls.inventory, [[schema.inventory], [SEED.inventory, [skus, quantity]]]);
  await run(urls.payment, [[schema.payment]]);
}

async function run(url: string, statements: readonly [text: string, values?: unknown[]][]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const [text, values] of statements) await client.query(text, values);
  } finally {
    await client.end();
  }
}
