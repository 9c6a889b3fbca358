import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { type Caller, CurrentCaller, Door } from '#access';
import { money, productName, sku } from '#contracts';
import { Database } from '#database';
import { BodyLimit, Correlation, type RequestCorrelation } from '#http';
import { Outbox } from '#outbox';
import { listProducts, type Product } from '../persistence/products.js';
import { listProduct } from '../use-cases/list-product.js';

const productSchema = z.strictObject({ name: productName.strict(), price: money.strict() });
const pageSchema = z.strictObject({
  after: sku.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

@ApiTags('products')
@Controller('products')
export class ProductsController {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  @Get()
  @Door('public')
  @ApiOperation({ summary: 'The catalogue by SKU; prices in minor units' })
  async list(@Query({ schema: pageSchema }) { after, limit }: z.output<typeof pageSchema>) {
    const items = await listProducts(this.database, after ?? '', limit);
    return { items, next: items.length === limit ? items.at(-1)?.sku : null };
  }

  @Put(':sku')
  @Door('catalogue')
  @BodyLimit(4 * 1_024)
  @ApiOperation({ summary: 'Lists a product or changes it; a new price is added to its history' })
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
