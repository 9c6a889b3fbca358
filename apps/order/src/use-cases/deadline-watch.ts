import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { BackgroundLoop } from '#concurrency';
import type { Database } from '#database';
import type { Log } from '#observability';
import type { Outbox } from '#outbox';
import {
  addTransitions,
  type DeadlineLimits,
  hasOverdueOrders,
  lockOverdueOrders,
  postponeDeadlines,
  saveOrders,
} from '../persistence/orders.js';
import { advanceOrders } from './advance-orders.js';
import type { OrderChanges } from './order-changes.js';

export interface DeadlineWatchOptions extends DeadlineLimits {
  /** Why answers to orders may be unread; undefined when none is. */
  readonly unreadReason: () => Promise<string | undefined>;
  readonly log: Log;
}

const CHECK_INTERVAL_MS = 500;
const BATCH_SIZE_MAX = 200;

/**
 * Cancels orders that are still pending at their deadline. The clock of the database and the row lock of the order
 * decide, so a late report and the deadline cannot both take effect. Every replica may run a `DeadlineWatch`.
 *
 * An outage must not cancel orders: the deadline runs from the publication of the order, and the watch waits while the
 * answers may be unread. Both end `deadlineExtensionMaxMs` after the first deadline.
 */
export class DeadlineWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: BackgroundLoop;
  private waitingSinceMs: number | undefined;

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly changes: OrderChanges,
    private readonly options: DeadlineWatchOptions,
  ) {
    this.loop = new BackgroundLoop({
      intervalMs: CHECK_INTERVAL_MS,
      runOnce: () => this.checkDeadlines(),
      log: options.log,
      failureMessage: 'overdue orders not cancelled; retrying',
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }

  /** @returns the pause until the next round, in ms */
  private async checkDeadlines(): Promise<number> {
    if (!(await hasOverdueOrders(this.database)) || (await this.mustWait())) return CHECK_INTERVAL_MS;
    return (await this.cancelOverdue()) === BATCH_SIZE_MAX ? 0 : CHECK_INTERVAL_MS;
  }

  private async mustWait(): Promise<boolean> {
    const { unreadReason, deadlineExtensionMaxMs, log } = this.options;
    const reason = await unreadReason();
    const now = performance.now();
    if (reason === undefined) {
      this.waitingSinceMs = undefined;
      return false;
    }
    if (this.waitingSinceMs === undefined) log.warn({ reason }, 'deadlines wait for unread answers');
    this.waitingSinceMs ??= now;
    return now - this.waitingSinceMs < deadlineExtensionMaxMs;
  }

  private cancelOverdue(): Promise<number> {
    return this.database.transaction(async (tx) => {
      const orders = await lockOverdueOrders(tx, BATCH_SIZE_MAX);
      if (orders.size === 0) return 0;
      const postponed = await postponeDeadlines(tx, [...orders.keys()], this.options);
      const trigger = { kind: 'deadline_passed' } as const;
      const inputs = [...orders.keys()]
        .filter((orderId) => !postponed.has(orderId))
        .map((orderId) => ({ orderId, trigger, name: trigger.kind }));
      const advanced = advanceOrders(orders, inputs);
      await saveOrders(tx, advanced.orders);
      await addTransitions(tx, advanced.steps);
      await this.outbox.add(tx, advanced.events);
      this.changes.notifyOnCommit(tx, advanced);
      return orders.size;
    });
  }
}
