import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { BackgroundLoop } from '#concurrency';
import type { Database } from '#database';
import type { Log } from '#observability';
import type { Outbox } from '#outbox';
import { addTransitions, lockOverdueOrders, saveOrders } from '../persistence/orders.js';
import { advanceOrders } from './advance-orders.js';
import type { OrderChanges } from './order-changes.js';

const CHECK_INTERVAL_MS = 500;
const BATCH_SIZE_MAX = 200;

/**
 * Cancels orders that are still pending at their deadline. The clock of the database and the row lock of the order
 * decide, so a late report and the deadline cannot both take effect. Every replica may run a `DeadlineWatch`.
 */
export class DeadlineWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: BackgroundLoop;

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly changes: OrderChanges,
    log: Log,
  ) {
    this.loop = new BackgroundLoop({
      intervalMs: CHECK_INTERVAL_MS,
      runOnce: async () => ((await this.cancelOverdue()) === BATCH_SIZE_MAX ? 0 : CHECK_INTERVAL_MS),
      log,
      failureMessage: 'overdue orders not cancelled; retrying',
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }

  private cancelOverdue(): Promise<number> {
    return this.database.transaction(async (tx) => {
      const orders = await lockOverdueOrders(tx, BATCH_SIZE_MAX);
      const trigger = { kind: 'deadline_passed' } as const;
      const inputs = [...orders.keys()].map((orderId) => ({ orderId, trigger, name: trigger.kind }));
      const advanced = advanceOrders(orders, inputs);
      await saveOrders(tx, advanced.orders);
      await addTransitions(tx, advanced.steps);
      await this.outbox.add(tx, advanced.events);
      this.changes.notifyOnCommit(tx, advanced.orders);
      return orders.size;
    });
  }
}
