import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  type CustomerErased,
  inventoryOrderProcessing,
  latestContract,
  type ProductListed,
} from '#contracts';
import { eraseOrders } from '#dead-letters';
import { claim, recordOutcomes } from '#inbox';
import {
  type BatchContext,
  causedBy,
  Consumes,
  type EventMessage,
  outgoingEvent,
  type OutgoingEvent,
} from '#messaging';
import { Outbox } from '#outbox';
import { lockReservations, saveReservations } from '../persistence/reservations.js';
import { addStockLevels, lockStockLevels, saveStockLevels } from '../persistence/stock-levels.js';
import {
  type OrderMessage,
  type ReservedStock,
  reserveStock,
  collectSkus,
} from '../use-cases/reserve-stock.js';

type Message = OrderMessage | EventMessage<ProductListed | CustomerErased>;

/** 库存服务订阅订单处理队列: holds, deducts, releases and restocks the stock of orders, each message once. */
@Controller()
export class OrderProcessingConsumer {
  constructor(private readonly outbox: Outbox) {}

  @Consumes(inventoryOrderProcessing)
  async handle(
    @Payload() messages: readonly Message[],
    @Ctx() { tx, consumer }: BatchContext,
  ): Promise<void> {
    const [newMessages, reservations] = await Promise.all([
      claim(tx, consumer, messages),
      lockReservations(
        tx,
        messages.filter(isOrderMessage).map((message) => message.data.orderId),
      ),
    ]);
    await eraseOrders(
      tx,
      newMessages.filter(isCustomerErased).map(({ data }) => data),
    );
    await addStockLevels(
      tx,
      newMessages.filter(isProductListed).map((message) => message.data.sku),
    );
    const orderMessages = newMessages.filter(isOrderMessage);
    const levels = await lockStockLevels(tx, collectSkus(orderMessages, reservations));
    const reserved = reserveStock(orderMessages, reservations, levels);
    const outcomes = reserved.decisions.map(({ message, decision }) => ({
      message,
      outcome: decision.outcome,
    }));
    tx.sendWithCommit(
      saveReservations(tx, reservations, reserved.reservations),
      saveStockLevels(tx, reserved.levels),
      this.outbox.add(tx, toEvents(reserved)),
      recordOutcomes(tx, consumer, outcomes),
    );
  }
}

function toEvents({ decisions }: ReservedStock): OutgoingEvent[] {
  return decisions.flatMap(({ message, decision }) => {
    if (decision.outcome !== 'done') return [];
    const { reservation, event } = decision;
    const contract = latestContract(event.name);
    return [outgoingEvent(contract, reservation.orderId, reservation.version, event.data, causedBy(message))];
  });
}

function isProductListed(message: Message): message is EventMessage<ProductListed> {
  return message.name === 'product.listed';
}

function isCustomerErased(message: Message): message is EventMessage<CustomerErased> {
  return message.name === 'customer.erased';
}

function isOrderMessage(message: Message): message is OrderMessage {
  return !isProductListed(message) && !isCustomerErased(message);
}
