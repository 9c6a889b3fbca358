import type { Transaction } from '#database';
import { addStockLevels } from '../persistence/stock-levels.js';
import { receiveGoods } from './receive-goods.js';

/** The opening stock. The flash-sale phone is scarce, and one product is sold out. */
const openingStock: Readonly<Record<string, number>> = {
  'TEA-LONGJING-100G': 100_000,
  'TEA-PUER-357G': 50_000,
  'TEAPOT-ZISHA-200ML': 50_000,
  'WOK-IRON-32CM': 100_000,
  'SAUCE-DOUBANJIANG-500G': 100_000,
  'RICE-WUCHANG-5KG': 100_000,
  'SILK-SCARF-RED': 50_000,
  'BRUSH-CALLIGRAPHY-SET': 50_000,
  'LAMP-DESK-LED': 100_000,
  'EARBUDS-BT5': 100_000,
  'POWERBANK-20000': 100_000,
  'UMBRELLA-OILPAPER': 50_000,
  'FLASH-PHONE-X1': 1_000,
};

const SOLD_OUT = 'MOONCAKE-GIFT-BOX';

/** Adds the opening stock, once. */
export async function seedStock(tx: Transaction): Promise<void> {
  await addStockLevels(tx, [...Object.keys(openingStock), SOLD_OUT]);
  for (const [sku, quantity] of Object.entries(openingStock)) {
    await receiveGoods(tx, { sku, quantity, key: 'opening-stock', sub: 'provisioning' });
  }
}
