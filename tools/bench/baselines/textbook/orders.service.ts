import {
  BadRequestException,
  Injectable,
  type OnApplicationBootstrap,
  UnprocessableEntityException,
} from '@nestjs/common';
import { DataSource, type EntityManager, In } from 'typeorm';
import { IdempotencyKey, Order, OrderHistory, OrderLine, Product } from './entities/order.js';
import type { Message } from './events.js';
import { addToOutbox, handleOnce } from './messaging/outbox.js';
import { RabbitMq } from './messaging/rabbitmq.js';
import type { PlaceOrder } from './place-order.js';

@Injectable()
export class OrdersService implements OnApplicationBootstrap {
  constructor(
    private readonly dataSource: DataSource,
    private readonly rabbitMq: RabbitMq,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.rabbitMq.subscribe({
      queue: 'order.processing-results',
      bindings: {
        'inventory.events': ['stock.held', 'stock.rejected', 'stock.deducted', 'stock.released'],
        'payment.events': ['payment.authorized', 'payment.declined', 'payment.captured', 'payment.voided'],
      },
      handle: (message) => handleOnce(this.dataSource, message, (manager) => this.handle(manager, message)),
    });
  }

  /** Resolves to the id of the first order with this key. */
  async place(orderRequest: PlaceOrder, key: string | undefined): Promise<string> {
    if (!key) throw new BadRequestException('Idempotency-Key is missing');
    const { customerId } = orderRequest;
    return this.dataSource.transaction(async (manager) => {
      const earlier = await manager.findOneBy(IdempotencyKey, { customerId, key });
      if (earlier) return earlier.orderId;
      const order = await manager.save(await this.newOrder(manager, orderRequest));
      await manager.insert(IdempotencyKey, { customerId, key, orderId: order.id });
      await this.recordHistory(manager, order, 'placed');
      await addToOutbox(manager, 'order.placed', {
        orderId: order.id,
        lines: orderRequest.lines,
        total: order.total,
        paymentToken: orderRequest.paymentToken,
      });
      return order.id;
    });
  }

  private async newOrder(manager: EntityManager, { customerId, lines }: PlaceOrder): Promise<Order> {
    const products = await manager.findBy(Product, { sku: In(lines.map(({ sku }) => sku)) });
    const orderLines = lines.map(({ sku, quantity }) => {
      const product = products.find((one) => one.sku === sku);
      if (!product) throw new UnprocessableEntityException(`unknown SKU ${sku}`);
      const { price, priceVersion } = product;
      return manager.create(OrderLine, { sku, quantity, unitPrice: price, priceVersion });
    });
    return manager.create(Order, {
      customerId,
      status: 'pending',
      stockStatus: 'waiting',
      paymentStatus: 'waiting',
      total: orderLines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0),
      lines: orderLines,
    });
  }

  private async handle(manager: EntityManager, { pattern, data: { orderId } }: Message): Promise<void> {
    const order = await manager.findOneOrFail(Order, {
      where: { id: orderId },
      lock: { mode: 'pessimistic_write' },
    });
    const [side, report] = pattern.split('.');
    if (side === 'stock') order.stockStatus = report as Order['stockStatus'];
    else order.paymentStatus = report as Order['paymentStatus'];
    await this.advance(manager, order);
    await manager.save(order);
    await this.recordHistory(manager, order, pattern);
  }

  private async advance(manager: EntityManager, order: Order): Promise<void> {
    const { id: orderId, status, stockStatus, paymentStatus, total } = order;
    if (status === 'pending' && (stockStatus === 'rejected' || paymentStatus === 'declined')) {
      order.status = 'cancelled';
      await addToOutbox(manager, 'order.cancelled', { orderId });
    } else if (status === 'pending' && stockStatus === 'held' && paymentStatus === 'authorized') {
      order.status = 'confirmed';
      await addToOutbox(manager, 'order.confirmed', { orderId });
    } else if (status === 'confirmed' && stockStatus === 'deducted' && paymentStatus === 'captured') {
      order.status = 'completed';
      await addToOutbox(manager, 'order.completed', { orderId, total });
    }
  }

  private async recordHistory(manager: EntityManager, { id, status }: Order, trigger: string): Promise<void> {
    await manager.save(manager.create(OrderHistory, { orderId: id, trigger, status }));
  }
}
