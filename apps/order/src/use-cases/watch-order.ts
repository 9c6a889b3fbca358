import type { MessageEvent } from '@nestjs/common';
import { Observable } from 'rxjs';
import type { Database } from '#database';
import type { OrderStatus } from '../domain/order-table.js';
import { type TransitionView, findTransitionsAfter } from '../persistence/order-views.js';
import type { OrderChanges } from './order-changes.js';

/** Longest delay, in ms, of a step written by another replica. */
const CHECK_INTERVAL_MS = 1_000;

/** The steps of an order after `afterVersion` as server-sent events; completes when the order has ended. */
export function watchOrder(
  database: Database,
  changes: OrderChanges,
  orderId: string,
  afterVersion: number,
): Observable<MessageEvent> {
  return new Observable((subscriber) => {
    const stopping = new AbortController();
    const follow = async (): Promise<void> => {
      let version = afterVersion;
      while (!stopping.signal.aborted) {
        const changed = changes.waitForChange(orderId, CHECK_INTERVAL_MS, stopping.signal);
        const steps = await findTransitionsAfter(database, orderId, version);
        for (const step of steps) subscriber.next(toMessageEvent(step));
        version = steps.at(-1)?.version ?? version;
        const status = steps.at(-1)?.to;
        if (status && hasEnded(status)) return;
        await changed;
      }
    };
    follow().then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => stopping.abort();
  });
}

/** Whether a stream ends. A completed order can still be cancelled; a client must then open a new stream. */
export function hasEnded(status: OrderStatus): boolean {
  return status === 'completed' || status === 'cancelled';
}

function toMessageEvent(step: TransitionView): MessageEvent {
  return { id: String(step.version), type: step.to, data: step };
}
