import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { z } from 'zod';
import { type Caller, CurrentCaller, Door } from '#access';
import { amount, currency, money, priceVersion, productName, sku } from '#contracts';
import { Database } from '#database';
import { answer, BodyLimit, Correlation, Operation, pageOf, type RequestCorrelation, toPage } from '#http';
import { Outbox } from '#outbox';
import { listProducts, type Product } from '../persistence/products.js';
import { listProduct } from '../use-cases/list-product.js';

const productSchema = z.strictObject({ name: productName.strict(), price: money.strict() });
const pageSchema = z.strictObject({
  after: sku.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const product = z
  .strictObject({
    sku,
    name: productName.strict(),
    price: z.strictObject({ amount, currency }),
    priceVersion: priceVersion.describe('1 for the first price, one more for each later one'),
  })
  .meta({ id: 'Product' });
const example: z.input<typeof product> = {
  sku: 'TEA-LONGJING-100G',
  name: { en: 'West Lake Longjing green tea, 100 g', zh: '西湖龙井茶 100克' },
  price: { amount: 12_900, currency: 'CNY' },
  priceVersion: 3,
};

@Controller('products')
export class ProductsController {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  @Get()
  @Door('public')
  @Operation({
    id: 'listProducts',
    summary: 'The catalogue by SKU; prices in minor units',
    answers: {
      200: answer(pageOf(product, sku).meta({ id: 'ProductPage' }), {
        description: 'A page of products.',
        example: { items: [example], next: null },
      }),
    },
  })
  async list(@Query({ schema: pageSchema }) { after, limit }: z.output<typeof pageSchema>) {
    return toPage(await listProducts(this.database, after ?? '', limit + 1), limit, (item) => item.sku);
  }

  @Put(':sku')
  @Door('catalogue')
  @BodyLimit(4 * 1_024)
  @Operation({
    id: 'putProduct',
    summary: 'Lists a product or changes it; a new price is added to its history',
    answers: { 200: answer(product, { description: 'The product as it is listed now.', example }) },
  })
  put(
    @Param('sku', { schema: sku }) requestedSku: string,
    @Body({ schema: productSchema }) body: z.output<typeof productSchema>,
    @Correlation() cause: RequestCorrelation,
    @CurrentCaller() { sub }: Caller,
  ): Promise<Product> {
    return this.database.transaction((tx) =>
      listProduct(tx, this.outbox, { sku: requestedSku, ...body }, cause, sub),
    );
  }
}
