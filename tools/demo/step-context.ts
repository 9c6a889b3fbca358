import type { LocalServers } from '../local/servers.js';
import type { LocalShop } from '../local/shop.js';
import type { Order } from '../client/api-types.js';
import type { ShopClient } from '../client/shop-client.js';

import type { Language } from './arguments.js';
import type { DatabaseReader } from './database-reader.js';
import type { Broker } from './broker.js';
import type { Screen } from './screen.js';
import type { Translations } from './translations.en.js';

/** The clients and the output of a step. */
export interface StepContext {
  readonly shop: ShopClient;
  readonly database: DatabaseReader;
  readonly broker: Broker;
  readonly localShop: LocalShop;
  readonly servers: LocalServers;
  readonly screen: Screen;
  readonly translations: Translations;
  readonly language: Language;
  /** Prints and counts whether a promise is kept; a broken promise fails the demo. */
  readonly check: (promise: string, isKept: boolean) => void;
}

/** One step of the demo. Its title and explanation are in the translations under its name. */
export interface Step {
  readonly name: keyof Translations['steps'];
  readonly run: (context: StepContext) => Promise<void>;
}

/** Waits until an order has ended, and shows each transition in the status line. */
export function followToEnd({ shop, screen, translations }: StepContext, orderId: string): Promise<Order> {
  return screen.withStatus(translations.awaitingEnd, (updateStatus) =>
    shop.waitUntilEnded(orderId, ({ trigger, to }) =>
      updateStatus(`${translations.awaitingEnd}  ${trigger} → ${to}`),
    ),
  );
}

/** Waits until several orders have ended, and shows their number in the status line. */
export function followAllToEnd(
  { shop, screen, translations }: StepContext,
  orderIds: readonly string[],
): Promise<Order[]> {
  return screen.withStatus(translations.awaitingEnd, (updateStatus) => {
    let ended = 0;
    const follow = async (orderId: string): Promise<Order> => {
      const order = await shop.waitUntilEnded(orderId);
      updateStatus(`${translations.awaitingEnd}  ${(ended += 1)}/${orderIds.length}`);
      return order;
    };
    return Promise.all(orderIds.map(follow));
  });
}

/** The end of a UUIDv7, where ids created in the same millisecond differ. */
export function shortId(id: string): string {
  return `…${id.slice(-8)}`;
}

/** Formats an amount in 分 as 元: `12900` is `129.00`. */
export function formatYuan(amount: number): string {
  return `${Math.trunc(amount / 100)}.${String(Math.abs(amount) % 100).padStart(2, '0')}`;
}
