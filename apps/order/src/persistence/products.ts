import { type Database, statement, type Transaction } from '#database';
import type { Price } from '../domain/pricing.js';

/** A product of the catalogue with its current price. */
export interface Product {
  readonly sku: string;
  readonly name: { readonly en: string; readonly zh: string };
  readonly price: { readonly amount: number; readonly currency: string };
  readonly priceVersion: number;
}

const COLUMNS = `sku, json_build_object('en', name_en, 'zh', name_zh) AS name,
  json_build_object('amount', price_amount, 'currency', currency) AS price, price_version AS "priceVersion"`;

const CURRENT_PRICES = statement(
  'products_find_current_prices',
  `SELECT ${COLUMNS} FROM products WHERE sku = ANY ($1::text[])`,
);

const LOCK = statement('products_lock', `SELECT ${COLUMNS} FROM products WHERE sku = $1 FOR UPDATE`);

// Two clients may list a new SKU concurrently: the second waits here and then finds the row.
const ADD = statement(
  'products_add',
  `INSERT INTO products (sku, name_en, name_zh, price_version, price_amount, currency)
   VALUES ($1, $2, $3, 0, 0, $4)
   ON CONFLICT DO NOTHING`,
);

const SAVE = statement(
  'products_save',
  `UPDATE products
   SET name_en = $2, name_zh = $3, price_version = $4, price_amount = $5, currency = $6, updated_at = now()
   WHERE sku = $1`,
);

const ADD_PRICE = statement(
  'product_prices_add',
  'INSERT INTO product_prices (sku, version, amount, currency) VALUES ($1, $2, $3, $4)',
);

const LIST = statement(
  'products_list',
  `SELECT ${COLUMNS} FROM products WHERE sku > $1 ORDER BY sku LIMIT $2`,
);

export async function isListed(tx: Transaction, sku: string): Promise<boolean> {
  return (await tx.query(CURRENT_PRICES, [[sku]])).length === 1;
}

/** The current prices of these SKUs; an unlisted SKU has no entry. */
export async function findCurrentPrices(
  tx: Transaction,
  skus: readonly string[],
): Promise<Map<string, Price>> {
  const rows = await tx.query<Product>(CURRENT_PRICES, [skus]);
  return new Map(rows.map((row) => [row.sku, row]));
}

/** Locks a product. An unlisted product is added with price version 0, which no order can use. */
export async function lockOrAddProduct(
  tx: Transaction,
  details: Omit<Product, 'priceVersion'>,
): Promise<Product> {
  await tx.query(ADD, [details.sku, details.name.en, details.name.zh, details.price.currency]);
  const [row] = await tx.query<Product>(LOCK, [details.sku]);
  if (!row) throw new Error(`product ${details.sku} does not exist after it was added`);
  return row;
}

/** Saves a product, and adds a new price version to the price history. */
export async function saveProduct(
  tx: Transaction,
  before: Product,
  { sku, name, price, priceVersion }: Product,
): Promise<void> {
  await tx.query(SAVE, [sku, name.en, name.zh, priceVersion, price.amount, price.currency]);
  if (priceVersion !== before.priceVersion) {
    await tx.query(ADD_PRICE, [sku, priceVersion, price.amount, price.currency]);
  }
}

/** Up to `limit` products after `afterSku`, ordered by SKU. */
export function listProducts(database: Database, afterSku: string, limit: number): Promise<Product[]> {
  return database.query<Product>(LIST, [afterSku, limit]);
}
