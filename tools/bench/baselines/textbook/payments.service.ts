import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Payment } from './entities/payment.js';
import type { Message } from './events.js';
import { GatewayClient } from './gateway.client.js';
import { addToOutbox, handleOnce } from './messaging/outbox.js';
import { RabbitMq } from './messaging/rabbitmq.js';

/**
 * Calls the gateway first, with an idempotency key derived from the order, then stores the response in one transaction. No
 * transaction waits for the gateway, and a redelivered message repeats the same call.
 */
@Injectable()
export class PaymentsService implements OnApplicationBootstrap {
  constructor(
    private readonly dataSource: DataSource,
    private readonly rabbitMq: RabbitMq,
    private readonly gateway: GatewayClient,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.rabbitMq.subscribe({
      queue: 'payment.order-processing',
      bindings: { 'order.events': ['order.placed', 'order.confirmed', 'order.cancelled'] },
      handle: (message) => this.handle(message),
    });
  }

  private async handle(message: Message): Promise<void> {
    if (message.pattern === 'order.placed') await this.authorize(message as Message<'order.placed'>);
    if (message.pattern === 'order.confirmed') await this.capture(message);
    if (message.pattern === 'order.cancelled') await this.void(message);
  }

  private async authorize(message: Message<'order.placed'>): Promise<void> {
    const { orderId, total: amount, paymentToken } = message.data;
    const response = await this.gateway.authorize(orderId, amount, paymentToken);
    const authorizationId = response.status === 'approved' ? response.id : null;
    let isCancelled = false;
    await handleOnce(this.dataSource, message, async (manager) => {
      isCancelled = (await this.lockPayment(manager, orderId)) !== null; // order.cancelled arrived before order.placed
      if (isCancelled) return;
      const status = authorizationId ? 'authorized' : 'declined';
      await manager.save(
        manager.create(Payment, { orderId, status, amount, authorizationId, captureId: null }),
      );
      if (authorizationId)
        await addToOutbox(manager, 'payment.authorized', { orderId, amount, authorizationId });
      else await addToOutbox(manager, 'payment.declined', { orderId, reason: response.reason ?? '' });
    });
    if (isCancelled && authorizationId) await this.gateway.void(orderId, authorizationId);
  }

  private async capture(message: Message): Promise<void> {
    const { orderId } = message.data;
    const { authorizationId, amount } = await this.dataSource.manager.findOneByOrFail(Payment, { orderId });
    const response = await this.gateway.capture(orderId, authorizationId!, amount);
    if (response.status !== 'approved') throw new Error(`the capture of order ${orderId} was refused`);
    await handleOnce(this.dataSource, message, async (manager) => {
      const payment = (await this.lockPayment(manager, orderId))!;
      payment.status = 'captured';
      payment.captureId = response.id;
      await manager.save(payment);
      await addToOutbox(manager, 'payment.captured', { orderId, amount, captureId: response.id });
    });
  }

  private async void(message: Message): Promise<void> {
    const { orderId } = message.data;
    const known = await this.dataSource.manager.findOneBy(Payment, { orderId });
    if (known?.authorizationId) await this.gateway.void(orderId, known.authorizationId);
    await handleOnce(this.dataSource, message, async (manager) => {
      const payment =
        (await this.lockPayment(manager, orderId)) ??
        manager.create(Payment, { orderId, amount: 0, authorizationId: null, captureId: null });
      if (payment.authorizationId !== (known?.authorizationId ?? null))
        throw new Error(`order ${orderId} was authorized concurrently; the message is requeued`);
      payment.status = 'voided';
      await manager.save(payment);
      await addToOutbox(manager, 'payment.voided', { orderId });
    });
  }

  private lockPayment(manager: EntityManager, orderId: string): Promise<Payment | null> {
    return manager.findOne(Payment, { where: { orderId }, lock: { mode: 'pessimistic_write' } });
  }
}
