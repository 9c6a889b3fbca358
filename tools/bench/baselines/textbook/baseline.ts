import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { INITIAL_STOCK, skus } from '../../load.js';
import type { Baseline } from '../baseline.js';
import { InboxMessage, OutboxMessage } from './entities/messages.js';
import { IdempotencyKey, Order, OrderHistory, OrderLine, Product } from './entities/order.js';
import { Payment } from './entities/payment.js';
import { Reservation, StockLevel } from './entities/stock.js';

/** The tutorials' way: see README.md. The services declare their exchanges and queues at their start. */
export const textbook: Baseline = {
  name: 'textbook',
  prepare: async ({ order, inventory, payment }) => {
    const products = skus.map((sku, index) => ({ sku, price: 10_000 + 100 * index, priceVersion: 1 }));
    await createSchema(order, [Product, Order, OrderLine, OrderHistory, IdempotencyKey], async (source) => {
      await source.getRepository(Product).save(products);
    });
    const levels = skus.map((sku) => ({ sku, received: INITIAL_STOCK, available: INITIAL_STOCK }));
    await createSchema(inventory, [StockLevel, Reservation], async (source) => {
      await source.getRepository(StockLevel).save(levels);
    });
    await createSchema(payment, [Payment], async () => {});
  },
};

async function createSchema(
  url: string,
  entities: readonly Type[],
  fill: (source: DataSource) => Promise<void>,
): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url,
    entities: [InboxMessage, OutboxMessage, ...entities],
  });
  await source.initialize();
  try {
    await source.synchronize();
    await fill(source);
  } finally {
    await source.destroy();
  }
}
