import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { money, priceVersion, productName, sku } from '../values.js';

/**
 * A product is in the catalogue and can be ordered. Inventory creates a stock level of 0 for an unknown SKU.
 */
export const productListed = defineEvent({
  name: 'product.listed',
  version: 1,
  producer: 'order',
  subject: 'product',
  description: 'A product is in the catalogue and can be ordered.',
  data: z.object({ sku, name: productName, price: money, priceVersion }),
  example: {
    sku: 'TEA-LONGJING-100G',
    name: { en: 'West Lake Longjing green tea, 100 g', zh: '西湖龙井茶 100克' },
    price: { amount: 12_900, currency: 'CNY' },
    priceVersion: 3,
  },
});

/** The type of the contract {@link productListed}. */
export type ProductListed = typeof productListed;
