import { unnestParameters, type Database, statement, type Transaction } from '#database';
import type { StockLevel } from '../domain/stock-level.js';

const LOCK = statement(
  'stock_levels_lock',
  `SELECT sku, received, available, held, deducted
   FROM stock_levels
   WHERE sku = ANY ($1::text[])
   ORDER BY sku
   FOR UPDATE`,
);

const SAVE = statement(
  'stock_levels_save',
  `UPDATE stock_levels AS s
   SET received = l.received, available = l.available, held = l.held, deducted = l.deducted, updated_at = now()
   FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
     AS l (sku, received, available, held, deducted)
   WHERE s.sku = l.sku`,
);

const ADD = statement(
  'stock_levels_add',
  `INSERT INTO stock_levels (sku)
   SELECT sku FROM unnest($1::text[]) AS sku ORDER BY sku
   ON CONFLICT DO NOTHING
   RETURNING sku`,
);

const LIST = statement(
  'stock_levels_list',
  'SELECT sku, received, available, held, deducted FROM stock_levels WHERE sku > $1 ORDER BY sku LIMIT $2',
);

const FIND = statement(
  'stock_levels_find',
  'SELECT sku, received, available, held, deducted FROM stock_levels WHERE sku = $1',
);

/** Locks the levels of these SKUs until the transaction ends, in the order of SKUs, so transactions do not deadlock. */
export async function lockStockLevels(
  tx: Transaction,
  skus: readonly string[],
): Promise<Map<string, StockLevel>> {
  if (skus.length === 0) return new Map();
  const rows = await tx.query<StockLevel>(LOCK, [skus]);
  return new Map(rows.map((row) => [row.sku, row]));
}

export async function saveStockLevels(tx: Transaction, levels: readonly StockLevel[]): Promise<void> {
  if (levels.length > 0)
    await tx.query(SAVE, unnestParameters(levels, 'sku', 'received', 'available', 'held', 'deducted'));
}

/** Adds empty levels for SKUs that have none; resolves to the added SKUs. */
export async function addStockLevels(tx: Transaction, skus: readonly string[]): Promise<Set<string>> {
  if (skus.length === 0) return new Set();
  const rows = await tx.query<{ sku: string }>(ADD, [skus]);
  return new Set(rows.map(({ sku }) => sku));
}

/** Up to `limit` levels after `afterSku`, ordered by SKU. */
export function listStockLevels(database: Database, afterSku: string, limit: number): Promise<StockLevel[]> {
  return database.query<StockLevel>(LIST, [afterSku, limit]);
}

export async function findStockLevel(database: Database, sku: string): Promise<StockLevel | undefined> {
  const [row] = await database.query<StockLevel>(FIND, [sku]);
  return row;
}
