import { setTimeout as delay } from 'node:timers/promises';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Database } from '#database';
import type { Log } from '#observability';
import type { Outbox } from '#outbox';
import { addTransitions, lockOverdueOrders, saveOrders } from '../persistence/orders.js';
import { advanceOrders } from './advance-orders.js';
import type { OrderChanges } from './order-changes.js';

const CHECK_INTERVAL_MS = 500;
const BATCH_SIZE_MAX = 200;

/**
 * Cancels orders that are still pending at their deadline. Whether that is so is decided by the database's clock and
 * under the order's lock, so a late answer and the deadline never both win. Every replica may run one.
 */
export class DeadlineWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly changes: OrderChanges,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        if ((await this.cancelOverdue()) === BATCH_SIZE_MAX) continue;
      } catch (error) {
        this.log.warn({ err: error }, 'overdue orders could not be cancelled; retrying');
      }
      await delay(CHECK_INTERVAL_MS, undefined, { signal }).catch(() => {});
    }
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
