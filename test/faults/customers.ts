import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import type { Journal } from '../../tools/chaos/journal.js';
import { type HttpAnswer, request } from '../../tools/client/http-request.js';
import type { Wish } from '../../tools/client/api-types.js';

const ANSWER_WITHIN_MS = 5_000;
const AT_ONCE = 8;

/** Customers who write down what they ask before they ask it, and do not give up. */
export class Customers {
  private readonly answers = new Map<string, string>();

  constructor(
    private readonly orderUrl: string,
    private readonly journal: Journal,
  ) {}

  /**
   * Asks once, under the key, and resolves to what is answered, or to undefined when nothing is.
   *
   * @throws Error when an order was accepted under this key before, and the answer is not the same byte for byte
   */
  async tryToPlace(wish: Wish, key: string = randomUUID()): Promise<HttpAnswer | undefined> {
    this.journal.add({ asks: 'order', key, body: wish });
    const answer = await request(`${this.orderUrl}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(wish),
      timeoutMs: ANSWER_WITHIN_MS,
    }).catch(() => undefined);
    if (answer === undefined) return undefined;
    const accepted = answer.status === 202;
    this.journal.add({ answered: answer.status, key, ...(accepted && { id: idOf(answer) }) });
    if (accepted && (this.answers.get(key) ?? answer.body) !== answer.body)
      throw new Error(`one key, two answers: ${this.answers.get(key)} and ${answer.body}`);
    if (accepted) this.answers.set(key, answer.body);
    return answer;
  }

  /** Asks under one key until the order is accepted, and resolves to its id. */
  async place(wish: Wish, key: string = randomUUID()): Promise<string> {
    for (;;) {
      const answer = await this.tryToPlace(wish, key);
      if (answer?.status === 202) return idOf(answer);
      const mayTryAgain = answer === undefined || [409, 503].includes(answer.status);
      if (!mayTryAgain) throw new Error(`order ${key}: ${answer.status} ${answer.body}`);
      await pause(50);
    }
  }

  /** `count` orders, eight at a time. */
  async placeMany(wish: Wish, count: number): Promise<string[]> {
    const ids: string[] = [];
    let begun = 0;
    const customer = async (): Promise<void> => {
      while (begun++ < count) ids.push(await this.place(wish));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, customer));
    return ids;
  }

  /** Goes on placing orders, eight at a time, for as long as `work` takes; at least one each before and after it. */
  async placeDuring(wish: Wish, work: () => Promise<unknown>): Promise<string[]> {
    const ids = await this.placeMany(wish, AT_ONCE);
    let isOver = false;
    const working = work().finally(() => {
      isOver = true;
    });
    const customer = async (): Promise<void> => {
      let isLast: boolean;
      do {
        isLast = isOver;
        ids.push(await this.place(wish));
      } while (!isLast);
    };
    await Promise.all([working, ...Array.from({ length: AT_ONCE }, customer)]);
    return ids;
  }
}

function idOf({ body }: HttpAnswer): string {
  return (JSON.parse(body) as { id: string }).id;
}
