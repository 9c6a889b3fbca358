import type { Transaction } from '#database';
import { newId } from '#observability';
import { recordActions } from '#operator-log';
import { receive, type StockLevel } from '../domain/stock-level.js';
import { addReceipt, findReceivedQuantity } from '../persistence/stock-receipts.js';
import { lockStockLevels, saveStockLevels } from '../persistence/stock-levels.js';

export interface GoodsReceipt {
  readonly sku: string;
  readonly quantity: number;
  /** Idempotency key, chosen by the client; the same for every attempt. */
  readonly key: string;
  /** Who receives them; recorded in the operator log. */
  readonly sub: string;
}

export type ReceiveGoodsResult =
  | { readonly outcome: 'done' | 'already'; readonly level: StockLevel }
  | { readonly outcome: 'unknown_sku' | 'out_of_range' | 'key_reused' };

/** Adds received units, once per key. The row lock of the level serialises attempts with one key. */
export async function receiveGoods(
  tx: Transaction,
  { sku, quantity, key, sub }: GoodsReceipt,
): Promise<ReceiveGoodsResult> {
  const level = (await lockStockLevels(tx, [sku])).get(sku);
  if (!level) return { outcome: 'unknown_sku' };
  const before = await findReceivedQuantity(tx, sku, key);
  if (before !== undefined)
    return before === quantity ? { outcome: 'already', level } : { outcome: 'key_reused' };

  const receipt = receive(level, quantity);
  if (receipt.outcome === 'refused') return { outcome: receipt.reason };
  await addReceipt(tx, sku, key, quantity);
  await saveStockLevels(tx, [receipt.level]);
  const action = { action: 'receive goods', subjects: [sku], operator: sub, requestId: newId() };
  await recordActions(tx, { ...action, reason: `${quantity} units` });
  return { outcome: 'done', level: receipt.level };
}
