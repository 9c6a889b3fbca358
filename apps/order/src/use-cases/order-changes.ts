import { EventEmitter, once } from 'node:events';
import { Injectable } from '@nestjs/common';
import type { Transaction } from '#database';
import type { OrderProcess } from '../domain/order-process.js';

/** Tells those who watch an order that it has changed, as far as this process changed it; others poll. */
@Injectable()
export class OrderChanges {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  notifyOnCommit(tx: Transaction, orders: readonly OrderProcess[]): void {
    tx.onCommit(() => {
      for (const { orderId } of orders) this.emitter.emit(orderId);
    });
  }

  /** Resolves when the order has changed, and at the latest after `timeoutMs`, or when `stop` is aborted. */
  async waitForChange(orderId: string, timeoutMs: number, stop: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
    await once(this.emitter, orderId, { signal }).catch(() => {});
  }
}
