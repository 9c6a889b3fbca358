import { randomUUID } from 'node:crypto';
import { customerErased, digestCustomer, ordersErasedMax } from '#contracts';
import type { Transaction } from '#database';
import { eraseOrders, lockDeadLetters } from '#dead-letters';
import { outgoingEvent, type OutgoingEvent } from '#messaging';
import { newId } from '#observability';
import type { Action } from '#operator-api';
import { recordActions } from '#operator-log';
import type { Outbox } from '#outbox';
import {
  countCustomerRows,
  type ErasureCounts,
  lockCustomerOrders,
  pseudonymiseOrders,
} from '../persistence/customer-erasure.js';

/** The customer has orders that have not ended: their messages still carry the id. */
export class OrdersOpenError extends Error {
  override readonly name = 'OrdersOpenError';

  constructor(readonly open: number) {
    super(`${open} orders of the customer have not ended; cancel them or wait, then repeat the erasure`);
  }
}

/**
 * Erases a customer: replaces the id by a random pseudonym in the order service, and publishes `customer.erased` for the
 * other services. Amounts, goods and dates stay. The operator log records the pseudonym, never the id. A customer without
 * orders is erased too: other services may know the customer. A repetition has the same effect, under another pseudonym.
 *
 * `preview` and `apply` throw OrdersOpenError while an order has not ended. An order placed concurrently either is open
 * here, or commits later and belongs to a new customer of the same id.
 */
export function eraseCustomer(outbox: Outbox): Action<string, { count: 1; tables: ErasureCounts }> {
  return {
    name: 'erase customer',
    description: 'replaces a customer by a random pseudonym, in every service',
    noun: 'customer',
    fromStatus: 'known',
    outcome: 'erased',
    preview: async ({ database }, customerId) => {
      const tables = await countCustomerRows(database, customerId);
      if (tables.open > 0) throw new OrdersOpenError(tables.open);
      return { count: 1, tables };
    },
    apply: async (tx, _service, customerId, { by }) => {
      const pseudonym = `erased-${randomUUID()}`;
      const orderIds = await lockEndedOrders(tx, customerId);
      const requestId = newId();
      await pseudonymiseOrders(tx, { orderIds, customerId, pseudonym });
      await eraseOrders(tx, [{ pseudonym, orderIds }]);
      await outbox.add(tx, toEvents(customerId, pseudonym, orderIds, requestId));
      await recordActions(tx, { ...by, action: 'erase customer', requestId, subjects: [pseudonym] });
      return { requestId, count: 1 };
    },
  };
}

async function lockEndedOrders(tx: Transaction, customerId: string): Promise<string[]> {
  await lockDeadLetters(tx);
  const orders = await lockCustomerOrders(tx, customerId);
  const open = orders.filter(({ hasEnded }) => !hasEnded).length;
  if (open > 0) throw new OrdersOpenError(open);
  return orders.map(({ id }) => id);
}

function toEvents(
  customerId: string,
  pseudonym: string,
  orderIds: readonly string[],
  correlationId: string,
): OutgoingEvent[] {
  const customerDigest = digestCustomer(pseudonym, customerId);
  const events = Math.max(1, Math.ceil(orderIds.length / ordersErasedMax));
  return Array.from({ length: events }, (_, index) => {
    const page = orderIds.slice(index * ordersErasedMax, (index + 1) * ordersErasedMax);
    const data = { pseudonym, customerDigest, orderIds: page };
    return outgoingEvent(customerErased, pseudonym, index + 1, data, { correlationId });
  });
}
