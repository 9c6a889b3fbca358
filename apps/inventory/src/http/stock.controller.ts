import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { type Caller, CurrentCaller, Door } from '#access';
import { sku } from '#contracts';
import { Database } from '#database';
import { IdempotencyKey, ProblemException } from '#http';
import type { StockLevel } from '../domain/stock-level.js';
import { findStockLevel, listStockLevels } from '../persistence/stock-levels.js';
import { receiveGoods } from '../use-cases/receive-goods.js';

const receiptSchema = z.strictObject({ quantity: z.int().min(1).max(1_000_000) });
const pageSchema = z.strictObject({
  after: sku.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

@ApiTags('stock')
@Controller('stock')
export class StockController {
  constructor(private readonly database: Database) {}

  @Get()
  @Door('stock')
  @ApiOperation({ summary: 'Stock levels by SKU: received = available + held + deducted' })
  async list(@Query({ schema: pageSchema }) { after, limit }: z.output<typeof pageSchema>) {
    const items = await listStockLevels(this.database, after ?? '', limit);
    return { items, next: items.length === limit ? items.at(-1)?.sku : null };
  }

  @Get(':sku')
  @Door('stock')
  @ApiOperation({ summary: 'The stock level of one SKU' })
  async show(@Param('sku', { schema: sku }) requestedSku: string): Promise<StockLevel> {
    return (await findStockLevel(this.database, requestedSku)) ?? throwUnknownSku();
  }

  @Post(':sku/receipts')
  @Door('stock')
  @HttpCode(200)
  @ApiOperation({ summary: 'Adds received units, once per Idempotency-Key' })
  async receive(
    @Param('sku', { schema: sku }) requestedSku: string,
    @Body({ schema: receiptSchema }) { quantity }: z.output<typeof receiptSchema>,
    @IdempotencyKey() key: string,
    @CurrentCaller() { sub }: Caller,
  ): Promise<StockLevel> {
    const received = await this.database.transaction((tx) =>
      receiveGoods(tx, { sku: requestedSku, quantity, key, sub }),
    );
    switch (received.outcome) {
      case 'done':
      case 'already':
        return received.level;
      case 'unknown_sku':
        return throwUnknownSku();
      case 'out_of_range':
        throw new ProblemException({
          status: 422,
          type: 'stock-out-of-range',
          detail: 'This SKU would exceed the maximum number of units.',
          errors: [{ pointer: '#/quantity', detail: 'exceeds the maximum with the received units' }],
        });
      case 'key_reused':
        throw new ProblemException({
          status: 422,
          type: 'idempotency-key-reused',
          detail: 'This Idempotency-Key was used for a receipt of another quantity. Choose a new one.',
          errors: [{ header: 'Idempotency-Key', detail: 'was used for another quantity' }],
        });
    }
  }
}

function throwUnknownSku(): never {
  throw new ProblemException({
    status: 404,
    type: 'unknown-sku',
    detail: 'There is no such SKU. List it in the catalogue first: PUT /products/{sku} of the order service.',
  });
}
