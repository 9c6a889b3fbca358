import type { LoadState } from '../../protocol.js';
import type { PlacedOrder } from '../orders/order-placement.js';

/** The parameters of a run. */
export interface LoadOptions {
  readonly perSecond: number;
  readonly durationMs: number;
  /** Orders in total; the run ends after them. Default: no bound. */
  readonly ordersMax?: number;
  /** Default: one unit of one product. */
  readonly order?: PlacedOrder;
}

const TICK_MS = 100;
/** Requests without a response; above it, the run skips orders instead of queueing them. */
const IN_FLIGHT_MAX = 500;

/** Places orders at a constant rate. One run at a time. */
export class Load {
  private timer: NodeJS.Timeout | undefined;
  private current: LoadState | null = null;
  private inFlight = 0;

  /** @param place places one order; rejects when it is refused */
  constructor(private readonly place: (order: PlacedOrder) => Promise<unknown>) {}

  /** The current or the last run; null before the first. */
  get state(): LoadState | null {
    return this.current;
  }

  start({ perSecond, durationMs, ordersMax = Number.POSITIVE_INFINITY, order = {} }: LoadOptions): void {
    this.stop();
    const startedAt = Date.now();
    let sent = 0;
    this.current = { perSecond, endsAt: startedAt + durationMs, accepted: 0, refused: 0 };
    this.timer = setInterval(() => {
      const elapsedMs = Math.min(Date.now() - startedAt, durationMs);
      const due = Math.min(ordersMax, Math.floor((elapsedMs * perSecond) / 1_000));
      for (; sent < due && this.inFlight < IN_FLIGHT_MAX; sent += 1) this.send(order);
      sent = due;
      if (elapsedMs >= durationMs || sent >= ordersMax) this.stop();
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.current) this.current = { ...this.current, endsAt: Math.min(this.current.endsAt, Date.now()) };
  }

  private send(order: PlacedOrder): void {
    this.inFlight += 1;
    const count = (outcome: 'accepted' | 'refused') => (): void => {
      this.inFlight -= 1;
      if (this.current) this.current = { ...this.current, [outcome]: this.current[outcome] + 1 };
    };
    this.place(order).then(count('accepted'), count('refused'));
  }
}
