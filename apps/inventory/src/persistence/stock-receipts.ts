import { statement, type Transaction } from '#database';

const ADD = statement(
  'stock_receipts_add',
  'INSERT INTO stock_receipts (sku, key, quantity) VALUES ($1, $2, $3)',
);

const FIND_QUANTITY = statement(
  'stock_receipts_find_quantity',
  'SELECT quantity FROM stock_receipts WHERE sku = $1 AND key = $2',
);

/** Records a receipt. @throws a unique violation when the SKU has a receipt with this key */
export async function addReceipt(tx: Transaction, sku: string, key: string, quantity: number): Promise<void> {
  await tx.query(ADD, [sku, key, quantity]);
}

/** The quantity of the receipt with this key, if any. */
export async function findReceivedQuantity(
  tx: Transaction,
  sku: string,
  key: string,
): Promise<number | undefined> {
  const [row] = await tx.query<{ quantity: number }>(FIND_QUANTITY, [sku, key]);
  return row?.quantity;
}
