import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { type EventOf, paymentOrderProcessing } from '#contracts';
import { claim, recordOutcomes } from '#inbox';
import { type BatchContext, causedBy, Consumes, type EventMessage } from '#messaging';
import { Outbox } from '#outbox';
import { decideOnOrder } from '../domain/payment.js';
import { addIntents } from '../persistence/gateway-operations.js';
import { lockPayments, savePayments } from '../persistence/payments.js';
import { advancePayments } from '../use-cases/advance-payments.js';
import { GatewayWorker } from '../use-cases/gateway-worker.js';

type Message = EventMessage<EventOf<typeof paymentOrderProcessing>>;

/** 支付服务订阅订单处理队列: decides what the gateway is to be asked for each order; the worker then asks it. */
@Controller()
export class OrderProcessingConsumer {
  constructor(
    private readonly outbox: Outbox,
    private readonly worker: GatewayWorker,
  ) {}

  @Consumes(paymentOrderProcessing)
  async handle(
    @Payload() messages: readonly Message[],
    @Ctx() { tx, consumer }: BatchContext,
  ): Promise<void> {
    const fresh = await claim(tx, consumer, messages);
    const payments = await lockPayments(
      tx,
      fresh.map((message) => message.data.orderId),
    );
    const advanced = advancePayments(
      payments,
      fresh.map((message) => ({
        orderId: message.data.orderId,
        decide: (payment) => decideOnOrder(payment, message),
        cause: causedBy(message),
      })),
    );
    await savePayments(tx, advanced.payments);
    await addIntents(tx, advanced.intents);
    await this.outbox.add(tx, advanced.events);
    await recordOutcomes(
      tx,
      consumer,
      advanced.outcomes.map((outcome, index) => ({ message: fresh[index] as Message, outcome })),
    );
    tx.onCommit(() => this.worker.wake());
  }
}
