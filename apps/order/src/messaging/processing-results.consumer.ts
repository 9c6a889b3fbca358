import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { type SubscribedEvent, orderProcessingResults } from '#contracts';
import { claim, recordOutcomes } from '#inbox';
import { type BatchContext, causedBy, Consumes, type EventMessage } from '#messaging';
import { Outbox } from '#outbox';
import type { PaymentReport, StockReport } from '../domain/order-table.js';
import type { Trigger } from '../domain/order-process.js';
import { addTransitions, lockOrders, saveOrders } from '../persistence/orders.js';
import { advanceOrders, type OrderInput } from '../use-cases/advance-orders.js';
import { OrderChanges } from '../use-cases/order-changes.js';
import { OrderLimits } from '../use-cases/order-limits.js';

type Result = EventMessage<SubscribedEvent<typeof orderProcessingResults>>;

/** 订单服务订阅处理结果: applies the reports of inventory and payment to their orders. */
@Controller()
export class ProcessingResultsConsumer {
  constructor(
    private readonly outbox: Outbox,
    private readonly changes: OrderChanges,
    private readonly limits: OrderLimits,
  ) {}

  @Consumes(orderProcessingResults)
  async handle(@Payload() messages: readonly Result[], @Ctx() { tx, consumer }: BatchContext): Promise<void> {
    const [newMessages, orders] = await Promise.all([
      claim(tx, consumer, messages),
      lockOrders(
        tx,
        messages.map((message) => message.data.orderId),
      ),
    ]);
    const advanced = advanceOrders(orders, newMessages.map(toInput));
    const outcomes = advanced.outcomes.map((outcome, index) => ({
      message: newMessages[index] as Result,
      outcome,
    }));
    tx.sendWithCommit(
      saveOrders(tx, advanced.orders),
      addTransitions(tx, advanced.steps),
      this.outbox.add(tx, advanced.events),
      recordOutcomes(tx, consumer, outcomes),
    );
    this.changes.notifyOnCommit(tx, advanced);
    const declined = newMessages.filter(({ name }) => name === 'payment.declined');
    const customers = declined.flatMap(({ data }) => orders.get(data.orderId)?.customerId ?? []);
    if (customers.length > 0) tx.onCommit(() => customers.forEach((id) => this.limits.countDecline(id)));
  }
}

function toInput(message: Result): OrderInput {
  return {
    orderId: message.data.orderId,
    trigger: toTrigger(message),
    name: message.name,
    messageId: message.id,
    cause: causedBy(message),
  };
}

/** The event name is side and report: `stock.held` is the report `held` of stock. */
function toTrigger({ name, sequence }: Result): Trigger {
  return name.startsWith('stock.')
    ? { kind: 'stock_reported', report: name.slice('stock.'.length) as StockReport, sequence }
    : { kind: 'payment_reported', report: name.slice('payment.'.length) as PaymentReport, sequence };
}
