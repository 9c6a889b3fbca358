import { EventEmitter, once } from 'node:events';
import { Injectable } from '@nestjs/common';
import type { Transaction } from '#database';
import type { OrderProcess } from '../domain/order-process.js';

/** Notifies event streams of changes to an order by this process. Changes by another replica are found by polling. */
@Injectable()
export class OrderChanges {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  notifyOnCommit(tx: Transaction, orders: readonly OrderProcess[]): void {
    tx.onCommit(() => {
      for (const { orderId } of orders) this.emitter.emit(orderId);
    });
  }

  /** Resolves when the order has changed, after `timeoutMs`, or when `stop` is aborted; never rejects. */
  async waitForChange(orderId: string, timeoutMs: number, stop: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
    await once(this.emitter, orderId, { signal }).catch(() => {});
  }
}
