import { TokenBuckets } from '#access';

export interface OrderLimitOptions {
  /** Orders of one customer per minute. */
  readonly ordersPerMinute: number;
  /** Units, of all lines, of one customer per minute: bounds the stock that unpaid orders hold. */
  readonly unitsPerMinute: number;
  /** Declined payments of one customer per minute: slows down trials of stolen cards. */
  readonly declinesPerMinute: number;
}

/** Limits of a customer's orders, in the memory of this process. */
export class OrderLimits {
  private readonly orders: TokenBuckets;
  private readonly units: TokenBuckets;
  private readonly declines: TokenBuckets;

  constructor({ ordersPerMinute, unitsPerMinute, declinesPerMinute }: OrderLimitOptions) {
    this.orders = new TokenBuckets(ordersPerMinute);
    this.units = new TokenBuckets(unitsPerMinute);
    this.declines = new TokenBuckets(declinesPerMinute);
  }

  /** Counts an order. @returns 0, or the time in ms after which the customer may order; then it was not counted */
  take(customerId: string, units: number): number {
    const waitMs = Math.max(
      this.orders.waitMs(customerId),
      this.units.waitMs(customerId),
      this.declines.waitMs(customerId),
    );
    if (waitMs > 0) return waitMs;
    this.orders.charge(customerId);
    this.units.charge(customerId, units);
    return 0;
  }

  /** Counts a declined payment. */
  countDecline(customerId: string): void {
    this.declines.charge(customerId);
  }
}
