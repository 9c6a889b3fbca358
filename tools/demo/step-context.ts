import type { Infrastructure } from '../local/servers.js';
import type { Platform } from '../local/shop.js';
import type { Order } from '../client/api-types.js';
import type { Shop } from '../client/shop-client.js';

import type { Language } from './arguments.js';
import type { Books } from './database-reader.js';
import type { Broker } from './broker.js';
import type { Screen } from './screen.js';
import type { Texts } from './translations.en.js';

/** All that a step works with. */
export interface Scene {
  readonly shop: Shop;
  readonly books: Books;
  readonly broker: Broker;
  readonly platform: Platform;
  readonly infrastructure: Infrastructure;
  readonly screen: Screen;
  readonly texts: Texts;
  readonly language: Language;
  /** Prints whether a promise was kept, and remembers it: one that was not makes the whole story fail. */
  readonly check: (promise: string, isKept: boolean) => void;
}

/** One chapter: what it does, shows and checks. Its heading and its reason stand in the texts under its name. */
export interface Step {
  readonly name: keyof Texts['steps'];
  readonly play: (scene: Scene) => Promise<void>;
}

/** Waits for an order's end, while the screen shows every step it takes. */
export function followToEnd({ shop, screen, texts }: Scene, orderId: string): Promise<Order> {
  return screen.during(texts.awaitingEnd, (say) =>
    shop.ended(orderId, ({ trigger, to }) => say(`${texts.awaitingEnd}  ${trigger} → ${to}`)),
  );
}

/** Waits for the end of several orders, while the screen counts them. */
export function followAllToEnd(
  { shop, screen, texts }: Scene,
  orderIds: readonly string[],
): Promise<Order[]> {
  return screen.during(texts.awaitingEnd, (say) => {
    let ended = 0;
    const follow = async (orderId: string): Promise<Order> => {
      const order = await shop.ended(orderId);
      say(`${texts.awaitingEnd}  ${(ended += 1)}/${orderIds.length}`);
      return order;
    };
    return Promise.all(orderIds.map(follow));
  });
}

/** The end of an id: where ids made in the same moment differ. */
export function short(id: string): string {
  return `…${id.slice(-8)}`;
}

/** An amount in 分 as 元: `12900` is `129.00`. */
export function yuan(amount: number): string {
  return `${Math.trunc(amount / 100)}.${String(Math.abs(amount) % 100).padStart(2, '0')}`;
}
