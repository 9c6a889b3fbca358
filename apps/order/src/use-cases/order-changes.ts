import { Injectable } from '@nestjs/common';
import type { Transaction } from '#database';
import type { OrderProcess } from '../domain/order-process.js';

/** Notifies one listener of the orders that this process has changed. Changes of other replicas are found by polling. */
@Injectable()
export class OrderChanges {
  private listener: (orderIds: readonly string[]) => void = () => {};

  /** Sets the listener. It is called after each commit and must not throw. */
  onChange(listener: (orderIds: readonly string[]) => void): void {
    this.listener = listener;
  }

  /** Notifies the listener when `tx` commits, and never when it rolls back. */
  notifyOnCommit(tx: Transaction, orders: readonly OrderProcess[]): void {
    tx.onCommit(() => this.listener(orders.map(({ orderId }) => orderId)));
  }
}
