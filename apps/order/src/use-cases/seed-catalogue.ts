import type { Database, Transaction } from '#database';
import { newId } from '#observability';
import { Outbox } from '#outbox';
import { isListed } from '../persistence/products.js';
import { listProduct, type ProductDetails } from './list-product.js';

const cny = (amount: number) => ({ amount, currency: 'CNY' });

/** The opening catalogue; prices in 分. */
const products: readonly ProductDetails[] = [
  {
    sku: 'TEA-LONGJING-100G',
    name: { en: 'West Lake Longjing green tea, 100 g', zh: '西湖龙井 100克' },
    price: cny(12_900),
  },
  {
    sku: 'TEA-PUER-357G',
    name: { en: 'Aged ripe Pu’er cake, 357 g', zh: '陈年熟普洱饼 357克' },
    price: cny(26_800),
  },
  {
    sku: 'TEAPOT-ZISHA-200ML',
    name: { en: 'Yixing clay teapot, 200 ml', zh: '宜兴紫砂壶 200毫升' },
    price: cny(36_800),
  },
  {
    sku: 'WOK-IRON-32CM',
    name: { en: 'Hand-hammered iron wok, 32 cm', zh: '手工锻打铁锅 32厘米' },
    price: cny(39_900),
  },
  {
    sku: 'SAUCE-DOUBANJIANG-500G',
    name: { en: 'Pixian broad bean paste, 500 g', zh: '郫县豆瓣酱 500克' },
    price: cny(1_980),
  },
  {
    sku: 'RICE-WUCHANG-5KG',
    name: { en: 'Wuchang fragrant rice, 5 kg', zh: '五常大米 5公斤' },
    price: cny(8_990),
  },
  {
    sku: 'SILK-SCARF-RED',
    name: { en: 'Mulberry silk scarf, red', zh: '桑蚕丝围巾 红色' },
    price: cny(29_900),
  },
  {
    sku: 'BRUSH-CALLIGRAPHY-SET',
    name: { en: 'Calligraphy brushes, set of five', zh: '毛笔五支套装' },
    price: cny(15_800),
  },
  { sku: 'LAMP-DESK-LED', name: { en: 'LED desk lamp', zh: '护眼台灯' }, price: cny(19_900) },
  { sku: 'EARBUDS-BT5', name: { en: 'Wireless earbuds', zh: '蓝牙耳机' }, price: cny(24_900) },
  {
    sku: 'POWERBANK-20000',
    name: { en: 'Power bank, 20,000 mAh', zh: '充电宝 20000毫安时' },
    price: cny(14_900),
  },
  { sku: 'UMBRELLA-OILPAPER', name: { en: 'Oil-paper umbrella', zh: '油纸伞' }, price: cny(16_800) },
  { sku: 'MOONCAKE-GIFT-BOX', name: { en: 'Moon cake gift box', zh: '月饼礼盒' }, price: cny(18_800) },
  { sku: 'FLASH-PHONE-X1', name: { en: 'Flash sale: phone X1', zh: '秒杀 手机X1' }, price: cny(99_900) },
];

/** Lists the products that are not listed yet; a listed product keeps its price. */
export async function seedCatalogue(tx: Transaction, database: Database): Promise<void> {
  // The relay does not run here: it finds these events when the service starts.
  const outbox = new Outbox(database, () => {}, Number.POSITIVE_INFINITY);
  for (const product of products) {
    if (await isListed(tx, product.sku)) continue;
    await listProduct(tx, outbox, product, { correlationId: newId() }, 'provisioning');
  }
}
