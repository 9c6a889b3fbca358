import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { type CustomerErased, type SubscribedEvent, paymentOrderProcessing } from '#contracts';
import { eraseOrders } from '#dead-letters';
import { claim, recordOutcomes } from '#inbox';
import { type BatchContext, causedBy, Consumes, type EventMessage } from '#messaging';
import { Outbox } from '#outbox';
import { decideOnOrder } from '../domain/payment.js';
import { erasePayments, lockPayments, savePayments } from '../persistence/payments.js';
import { advancePayments } from '../use-cases/advance-payments.js';
import { GatewayDispatcher } from '../use-cases/gateway-dispatcher.js';

type Message = EventMessage<SubscribedEvent<typeof paymentOrderProcessing>>;
type OrderMessage = Exclude<Message, EventMessage<CustomerErased>>;

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
        messages.filter(isOrderMessage).map((message) => message.data.orderId),
      ),
    ]);
    const erasures = newMessages.filter(isCustomerErased).map(({ data }) => data);
    await eraseOrders(tx, erasures);
    await erasePayments(
      tx,
      erasures.flatMap(({ orderIds }) => orderIds),
    );
    const orderMessages = newMessages.filter(isOrderMessage);
    const advanced = advancePayments(
      payments,
      orderMessages.map((message) => ({
        orderId: message.data.orderId,
        decide: (payment) => decideOnOrder(payment, message),
        cause: causedBy(message),
      })),
    );
    const outcomes = advanced.outcomes.map((outcome, index) => ({
      message: orderMessages[index] as OrderMessage,
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

function isCustomerErased(message: Message): message is EventMessage<CustomerErased> {
  return message.name === 'customer.erased';
}

function isOrderMessage(message: Message): message is OrderMessage {
  return !isCustomerErased(message);
}
