/** A process that consumes order events: two processes of inventory, and one of payment. */
export interface Consumer {
  readonly service: 'inventory' | 'payment';
  /** 1 or 2. */
  readonly process: number;
}

/**
 * Names the queue that a process consumes. Every name becomes a queue that is bound to the exchange of order events.
 *
 * TODO: each service must handle every order once. 练习：每个服务都要处理每一笔订单，且各处理一次。
 */
export function chooseQueue(_consumer: Consumer): string {
  return 'all';
}
