import { Module } from '@nestjs/common';
import { RuntimeModule, type RuntimeOptions } from '#runtime';
import { StockController } from './http/stock.controller.js';
import { OrderProcessingConsumer } from './messaging/order-processing.consumer.js';

@Module({})
export class InventoryModule {
  static forRoot(options: RuntimeOptions) {
    return {
      module: InventoryModule,
      imports: [RuntimeModule.forRoot(options)],
      controllers: [StockController, OrderProcessingConsumer],
    };
  }
}
