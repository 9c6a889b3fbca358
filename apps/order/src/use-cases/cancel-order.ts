import type { Database, Transaction } from '#database';
import { newId } from '#observability';
import { recordActions } from '#operator-log';
import type { Outbox } from '#outbox';
import type { Viewer } from '../domain/viewer.js';
import { addTransitions, lockVisibleOrder, saveOrders } from '../persistence/orders.js';
import { advanceOrders } from './advance-orders.js';
import type { OrderChanges } from './order-changes.js';

/** `done`: the cancellation begins now; `already`: it began before. */
export type CancelOrderResult = 'done' | 'already' | 'unknown_order' | 'window_over';

/** Cancels orders on request. The events carry the correlation id of the order, not that of the request. */
export class OrderCancellation {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly changes: OrderChanges,
    /** Time, in hours, during which a customer may cancel a completed order. */
    private readonly windowHours: number,
  ) {}

  /**
   * Cancels an order in any status; a completed order is refunded and restocked. An order that the viewer may not see is
   * unknown. With the viewer `everyone`, staff cancels: also after the window, and recorded in the operator log.
   *
   * @param sub who cancels
   */
  cancel(orderId: string, viewer: Viewer, sub: string): Promise<CancelOrderResult> {
    return this.database.transaction(async (tx) => {
      const locked = await lockVisibleOrder(tx, orderId, viewer, this.windowHours);
      if (!locked) return 'unknown_order';
      if (locked.isPastWindow && viewer !== 'everyone') return 'window_over';
      const trigger = { kind: 'customer_cancelled' } as const;
      const advanced = advanceOrders(locked.orders, [{ orderId, trigger, name: trigger.kind }]);
      await saveOrders(tx, advanced.orders);
      await addTransitions(tx, advanced.steps);
      await this.outbox.add(tx, advanced.events);
      this.changes.notifyOnCommit(tx, advanced);
      if (advanced.outcomes[0] !== 'done') return 'already';
      if (viewer === 'everyone') await recordStaffAction(tx, orderId, sub);
      return 'done';
    });
  }
}

function recordStaffAction(tx: Transaction, orderId: string, sub: string): Promise<void> {
  const action = { action: 'cancel order', subjects: [orderId], operator: sub, requestId: newId() };
  return recordActions(tx, { ...action, reason: 'cancelled by staff' });
}
