import { Injectable } from '@nestjs/common';
import type { Transaction } from '#database';
import type { AdvancedOrders } from './advance-orders.js';
import { ordersEnded } from './order-endings.js';

/** Notifies one listener of the orders that this process has changed. Changes of other replicas are found by polling. */
@Injectable()
export class OrderChanges {
  private listener: (orderIds: readonly string[]) => void = () => {};

  /** Sets the listener. It is called after each commit and must not throw. */
  onChange(listener: (orderIds: readonly string[]) => void): void {
    this.listener = listener;
  }

  /** Notifies the listener and {@link ordersEnded} when `tx` commits, and never when it rolls back. */
  notifyOnCommit(tx: Transaction, { orders, endings }: AdvancedOrders): void {
    tx.onCommit(() => {
      this.listener(orders.map(({ orderId }) => orderId));
      if (endings.length > 0) ordersEnded.publish(endings);
    });
  }
}
