import { randomUUID } from 'node:crypto';

import { until } from '../../client/wait-until.js';

import { sparkline } from '../../terminal/layout.js';
import type { Scene, Step } from '../step-context.js';

const SKU = 'FLASH-PHONE-X1';
const ORDERS = 600;
/** How many shoppers click at the same time. */
const AT_ONCE = 64;
/** About what a real gateway takes to authorize. */
const GATEWAY_MS = 150;
const SAMPLE_MS = 150;

/** Where the burst is at one moment. */
interface Sample {
  /** Accepted, and not yet taken in by both inventory and payment. */
  readonly queued: number;
  /** Questions that the gateway has not answered yet. */
  readonly atGateway: number;
  readonly ended: number;
}

/** 削峰填谷: a flash sale. Orders are taken as fast as they come, and worked off as fast as that goes. */
export const peakShaving: Step = {
  name: 'peakShaving',
  async play(scene) {
    const { shop, screen, texts, check } = scene;
    const t = texts.steps.peakShaving;
    const { available } = await shop.stock(SKU);
    const each = Math.ceil((available * 1.2) / ORDERS);
    await shop.setGatewayModes({ authorize: { behaviour: 'slow', delayMs: GATEWAY_MS } });
    const sale = await screen.during(t.selling(ORDERS), (say) => sell(scene, each, say));
    await shop.setGatewayModes({});
    const level = await shop.stock(SKU);

    const { samples } = sale;
    const rows = [
      [t.queued, samples.map(({ queued }) => queued)],
      [t.atGateway, samples.map(({ atGateway }) => atGateway)],
      [t.ended, samples.map(({ ended }) => ended)],
    ] as const;
    screen.table(
      [{ title: t.every(SAMPLE_MS) }, { title: '' }, { title: t.most, align: 'right' }],
      rows.map(([title, numbers]) => [title, sparkline(numbers), String(Math.max(...numbers))]),
    );
    screen.evidence(t.speed(ORDERS, seconds(sale.acceptedMs), seconds(sale.endedMs)));
    screen.evidence(t.outcome(sale.completed, ORDERS - sale.completed));

    const buyers = Math.floor(available / each);
    check(t.accepted, sale.accepted === ORDERS);
    check(
      t.notOversold(available, each, buyers),
      sale.completed === buyers && level.deducted === buyers * each,
    );
  },
};

async function sell(scene: Scene, each: number, say: (text: string) => void) {
  const { shop, books, texts } = scene;
  const customerId = `flash-sale-${randomUUID()}`;
  const wish = { customerId, lines: [{ sku: SKU, quantity: each }], paymentToken: 'tok_visa' };
  const startedAt = performance.now();
  let accepted = 0;
  let toPlace = ORDERS;
  const shopper = async (): Promise<void> => {
    while (toPlace-- > 0) {
      await shop.place(wish);
      accepted += 1;
    }
  };
  let acceptedMs = 0;
  const placing = Promise.all(Array.from({ length: AT_ONCE }, shopper)).then(() => {
    acceptedMs = performance.now() - startedAt;
  });
  const samples: Sample[] = [];
  const watching = until(
    'the flash sale',
    async () => {
      const sample = await sampleOf(scene, customerId);
      samples.push(sample);
      say(texts.steps.peakShaving.live(accepted, sample.queued, sample.atGateway, sample.ended));
      return sample;
    },
    ({ ended }) => ended === ORDERS,
    { withinMs: 60_000, everyMs: SAMPLE_MS },
  );
  await Promise.all([placing, watching]);
  const endedMs = performance.now() - startedAt;
  const completed = await books.count(
    'order',
    `SELECT count(*) FROM orders WHERE customer_id = $1 AND status = 'completed'`,
    [customerId],
  );
  return { samples, accepted, acceptedMs, endedMs, completed };
}

/** Read one after the other, so that a number can be off by what happens in between. */
async function sampleOf({ books }: Scene, customerId: string): Promise<Sample> {
  const inboxed = `SELECT count(*) FROM inbox WHERE type = 'order.placed.v1'`;
  const [held, asked] = [await books.count('inventory', inboxed), await books.count('payment', inboxed)];
  const placed = await books.count('order', `SELECT count(*) FROM outbox WHERE type = 'order.placed.v1'`);
  const ended = await books.count(
    'order',
    `SELECT count(*) FROM orders WHERE customer_id = $1 AND status IN ('completed', 'cancelled')`,
    [customerId],
  );
  const atGateway = await books.count(
    'payment',
    'SELECT count(*) FROM gateway_operations WHERE answered_at IS NULL',
  );
  return { queued: Math.max(0, placed - Math.min(held, asked)), atGateway, ended };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
