import type { OrderRequest } from '../../tools/client/api-types.js';
import { JournaledClient } from '../../tools/chaos/journaled-client.js';

const CONCURRENCY = 8;

/** A {@link JournaledClient} that places up to eight orders at a time. */
export class ConcurrentClients extends JournaledClient {
  /** Places `count` orders and resolves to their ids. */
  async placeMany(orderRequest: OrderRequest, count: number): Promise<string[]> {
    const ids: string[] = [];
    let started = 0;
    const placeOrders = async (): Promise<void> => {
      while (started++ < count) ids.push(await this.place(orderRequest));
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, placeOrders));
    return ids;
  }

  /** Places orders until `work` settles: at least eight before it starts and eight that end after it. */
  async placeDuring(orderRequest: OrderRequest, work: () => Promise<unknown>): Promise<string[]> {
    const ids = await this.placeMany(orderRequest, CONCURRENCY);
    let isOver = false;
    const working = work().finally(() => {
      isOver = true;
    });
    const placeOrders = async (): Promise<void> => {
      let isLast: boolean;
      do {
        isLast = isOver;
        ids.push(await this.place(orderRequest));
      } while (!isLast);
    };
    await Promise.all([working, ...Array.from({ length: CONCURRENCY }, placeOrders)]);
    return ids;
  }
}
