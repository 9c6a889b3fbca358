import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { type SubscribedEvent, paymentOrderProcessing } from '#contracts';
import { claim, recordOutcomes } from '#inbox';
import { type BatchContext, causedBy, Consumes, type EventMessage } from '#messaging';
import { Outbox } from '#outbox';
import { decideOnOrder } from '../domain/payment.js';
import { lockPayments, savePayments } from '../persistence/payments.js';
import { advancePayments } from '../use-cases/advance-payments.js';
import { GatewayDispatcher } from '../use-cases/gateway-dispatcher.js';

type Message = EventMessage<SubscribedEvent<typeof paymentOrderProcessing>>;

/** 支付服务订阅订单处理队列: decides on gateway operations for each order; `GatewayDispatcher` sends them after the commit. */
@Controller()
export class OrderProcessingConsumer {
  constructor(
    private readonly outbox: Outbox,
    private readonly dispatcher: GatewayDispatcher,
  ) {}

  @Consumes(paymentOrderProcessing)
  async handle(
    @Payload() messages: readonly Message[],
    @Ctx() { tx, consumer }: BatchContext,
  ): Promise<void> {
    const [newMessages, payments] = await Promise.all([
      claim(tx, consumer, messages),
      lockPayments(
        tx,
        messages.map((message) => message.data.orderId),
      ),
    ]);
    const advanced = advancePayments(
      payments,
      newMessages.map((message) => ({
        orderId: message.data.orderId,
        decide: (payment) => decideOnOrder(payment, message),
        cause: causedBy(message),
      })),
    );
    const outcomes = advanced.outcomes.map((outcome, index) => ({
      message: newMessages[index] as Message,
      outcome,
    }));
    tx.sendWithCommit(
      savePayments(tx, payments, advanced.payments),
      this.dispatcher.add(tx, advanced.operations),
      this.outbox.add(tx, advanced.events),
      recordOutcomes(tx, consumer, outcomes),
    );
  }
}
