import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { type SubscribedEvent, paymentOrderProcessing } from '#contracts';
import { claim, recordOutcomes } from '#inbox';
import { type BatchContext, causedBy, Consumes, type EventMessage } from '#messaging';
import { Outbox } from '#outbox';
import { decideOnOrder } from '../domain/payment.js';
import { lockPayments, savePayments } from '../persistence/payments.js';
import { advancePayments } from '../use-cases/advance-payments.js';
import { GatewayQueue } from '../use-cases/gateway-queue.js';

type Message = EventMessage<SubscribedEvent<typeof paymentOrderProcessing>>;

/** 支付服务订阅订单处理队列: decides what the gateway is to be asked for each order; the worker then asks it. */
@Controller()
export class OrderProcessingConsumer {
  constructor(
    private readonly outbox: Outbox,
    private readonly queue: GatewayQueue,
  ) {}

  @Consumes(paymentOrderProcessing)
  async handle(
    @Payload() messages: readonly Message[],
    @Ctx() { tx, consumer }: BatchContext,
  ): Promise<void> {
    const [fresh, payments] = await Promise.all([
      claim(tx, consumer, messages),
      lockPayments(
        tx,
        messages.map((message) => message.data.orderId),
      ),
    ]);
    const advanced = advancePayments(
      payments,
      fresh.map((message) => ({
        orderId: message.data.orderId,
        decide: (payment) => decideOnOrder(payment, message),
        cause: causedBy(message),
      })),
    );
    const outcomes = advanced.outcomes.map((outcome, index) => ({
      message: fresh[index] as Message,
      outcome,
    }));
    tx.sendWithCommit(
      savePayments(tx, payments, advanced.payments),
      this.queue.add(tx, advanced.operations),
      this.outbox.add(tx, advanced.events),
      recordOutcomes(tx, consumer, outcomes),
    );
  }
}
