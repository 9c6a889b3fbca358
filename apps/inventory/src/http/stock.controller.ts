import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { type Caller, CurrentCaller, Door } from '#access';
import { sku } from '#contracts';
import { Database } from '#database';
import { answer, httpProblems, IdempotencyKey, Operation, pageOf, ProblemException, toPage } from '#http';
import { receivedMax, type StockLevel } from '../domain/stock-level.js';
import { findStockLevel, listStockLevels } from '../persistence/stock-levels.js';
import { receiveGoods } from '../use-cases/receive-goods.js';
import { stockProblems } from './stock-problems.js';

const receiptSchema = z.strictObject({ quantity: z.int().min(1).max(1_000_000) });
const pageSchema = z.strictObject({
  after: sku.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const units = z.int().min(0).max(receivedMax);
const stockLevel = z
  .strictObject({
    sku,
    received: units.describe('available + held + deducted'),
    available: units,
    held: units.describe('Reserved for orders that are not completed'),
    deducted: units.describe('Of completed orders'),
  })
  .meta({ id: 'StockLevel' });
const example = { sku: 'TEA-LONGJING-100G', received: 100, available: 96, held: 1, deducted: 3 };

@Controller('stock')
export class StockController {
  constructor(private readonly database: Database) {}

  @Get()
  @Door('stock')
  @Operation({
    id: 'listStock',
    summary: 'Stock levels by SKU: received = available + held + deducted',
    answers: {
      200: answer(pageOf(stockLevel, sku).meta({ id: 'StockPage' }), {
        description: 'A page of stock levels.',
        example: { items: [example], next: null },
      }),
    },
  })
  async list(@Query({ schema: pageSchema }) { after, limit }: z.output<typeof pageSchema>) {
    return toPage(await listStockLevels(this.database, after ?? '', limit + 1), limit, (item) => item.sku);
  }

  @Get(':sku')
  @Door('stock')
  @Operation({
    id: 'readStock',
    summary: 'The stock level of one SKU',
    answers: { 200: answer(stockLevel, { description: 'The stock level.', example }) },
    problems: [stockProblems.unknownSku],
  })
  async show(@Param('sku', { schema: sku }) requestedSku: string): Promise<StockLevel> {
    return (await findStockLevel(this.database, requestedSku)) ?? throwUnknownSku();
  }

  @Post(':sku/receipts')
  @Door('stock')
  @Operation({
    id: 'receiveStock',
    summary: 'Adds received units, once per Idempotency-Key',
    answers: {
      200: answer(stockLevel, { description: 'The stock level with the received units.', example }),
    },
    problems: [stockProblems.unknownSku, stockProblems.stockOutOfRange, httpProblems.keyReused],
  })
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
          type: stockProblems.stockOutOfRange,
          detail: 'This SKU would exceed the maximum number of units.',
          errors: [{ pointer: '#/quantity', detail: 'exceeds the maximum with the received units' }],
        });
      case 'key_reused':
        throw new ProblemException({
          type: httpProblems.keyReused,
          detail: 'This Idempotency-Key was used for a receipt of another quantity. Choose a new one.',
          errors: [{ header: 'Idempotency-Key', detail: 'was used for another quantity' }],
        });
    }
  }
}

function throwUnknownSku(): never {
  throw new ProblemException({
    type: stockProblems.unknownSku,
    detail: 'There is no such SKU. List it in the catalogue first: PUT /products/{sku} of the order service.',
  });
}
