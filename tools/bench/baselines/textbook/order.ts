import { IdempotencyKey, Order, OrderHistory, OrderLine, Product } from './entities/order.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';
import { startService } from './textbook.module.js';

await startService({
  name: 'order',
  entities: [Product, Order, OrderLine, OrderHistory, IdempotencyKey],
  controllers: [OrdersController],
  providers: [OrdersService],
});
