import { setTimeout as pause } from 'node:timers/promises';

import { request } from '../client/http-request.js';
import type { Shop } from '../client/shop-client.js';
import type { Wish } from '../client/api-types.js';
import type { Journal } from './journal.js';
import { Random } from './random.js';

const SHOPPERS = 8;
const ANSWER_WITHIN_MS = 3_000;
/** How long shoppers go on asking for an answer when nothing is broken any more. */
const PATIENCE_MS = 120_000;
const CANCELS = 0.1;

/** What they buy. The scarce one is soon sold out: what is sold of it beyond that would be sold twice. */
export interface Goods {
  readonly plentiful: readonly string[];
  readonly scarce: string;
}

/** Lists products of this run's own, and puts them in stock. */
export async function stockUp(shop: Shop): Promise<Goods> {
  const plentiful = [];
  for (let count = 0; count < 3; count += 1) plentiful.push(await shop.newProduct({ stock: 1_000_000 }));
  return { plentiful, scarce: await shop.newProduct({ stock: 200 }) };
}

/** A request that can never be accepted is a fault of the shoppers' or of the shop's. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export interface ShoppersOptions {
  readonly seed: number;
  /** The same order may be sent to any of them. */
  readonly orderUrls: readonly string[];
  readonly goods: Goods;
  readonly journal: Journal;
}

/**
 * Customers who do not give up: each places one order after the other, and sends it again, under the same key, until it
 * is answered. One in ten changes their mind. What they wish for is decided by the seed; how many orders that makes
 * depends on how fast the shop answers.
 */
export class Shoppers {
  acceptedCount = 0;
  /** Who has sent a first request and has no answer yet. */
  waiting = 0;
  private isOver = false;
  private giveUpAt = Number.POSITIVE_INFINITY;

  constructor(private readonly options: ShoppersOptions) {}

  /** Resolves when all have left: {@link leave}. @throws Refused */
  async shop(): Promise<void> {
    await Promise.all(Array.from({ length: SHOPPERS }, (_, number) => this.oneShopper(number)));
  }

  /** No further order; those sent are seen through. */
  leave(): void {
    this.isOver = true;
    this.giveUpAt = performance.now() + PATIENCE_MS;
  }

  private async oneShopper(number: number): Promise<void> {
    const random = new Random(this.options.seed * SHOPPERS + number);
    for (let count = 1; !this.isOver; count += 1) {
      const wish = wishOf(random, this.options.goods);
      const cancelsAfterMs = random.chance(CANCELS) ? random.integer(0, 1_000) : undefined;
      const id = await this.place(`chaos-${this.options.seed}-${number}-${count}`, wish, random);
      if (id === undefined) return;
      if (cancelsAfterMs !== undefined) {
        await pause(cancelsAfterMs);
        await this.cancel(id, random);
      }
      await pause(random.integer(20, 200));
    }
  }

  /** Resolves to the order's id, or to undefined when patience is at its end. */
  private async place(key: string, wish: Wish, random: Random): Promise<string | undefined> {
    const { journal } = this.options;
    const body = JSON.stringify(wish);
    this.waiting += 1;
    try {
      while (performance.now() < this.giveUpAt) {
        journal.add({ asks: 'order', key, body: wish });
        const answer = await this.send('/orders', body, random, { 'idempotency-key': key });
        if (answer !== undefined) {
          const id = answer.status === 202 ? (JSON.parse(answer.body) as { id: string }).id : undefined;
          journal.add({ answered: answer.status, key, ...(id !== undefined && { id }) });
          if (id !== undefined) {
            this.acceptedCount += 1;
            return id;
          }
          if (isFinal(answer.status)) throw new Refused(`order ${key}: ${answer.status} ${answer.body}`);
        }
        await pause(random.integer(50, 300));
      }
      return undefined;
    } finally {
      this.waiting -= 1;
    }
  }

  private async cancel(id: string, random: Random): Promise<void> {
    while (performance.now() < this.giveUpAt) {
      this.options.journal.add({ asks: 'cancellation', id });
      const answer = await this.send(`/orders/${id}/cancel`, undefined, random);
      if (answer?.status === 202) return;
      if (answer && isFinal(answer.status))
        throw new Refused(`cancelling ${id}: ${answer.status} ${answer.body}`);
      await pause(random.integer(50, 300));
    }
  }

  /** Undefined when there was no answer: it may have been done or not. */
  private send(
    path: string,
    body: string | undefined,
    random: Random,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; body: string } | undefined> {
    return request(random.pick(this.options.orderUrls) + path, {
      method: 'POST',
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body }),
      timeoutMs: ANSWER_WITHIN_MS,
    }).catch(() => undefined);
  }
}

/** 409: the first try is still at it. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 409 && status !== 429;
}

function wishOf(random: Random, { plentiful, scarce }: Goods): Wish {
  const lines = Array.from({ length: random.integer(1, 3) }, () => ({
    sku: random.chance(0.15) ? scarce : random.pick(plentiful),
    quantity: random.integer(1, 3),
  }));
  return { lines, paymentToken: random.chance(0.05) ? 'tok_declined' : 'tok_visa' };
}
