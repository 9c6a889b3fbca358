import { randomUUID } from 'node:crypto';

import type { OrderRequest } from '../../client/api-types.js';
import type { ShopClient } from '../../client/shop-client.js';
import { waitUntil } from '../../client/wait-until.js';

import { sparkline } from '../../terminal/layout.js';
import type { StepContext, Step } from '../step-context.js';

const SKU = 'FLASH-PHONE-X1';
const ORDERS = 600;
/** Concurrent requests. */
const CONCURRENCY = 64;
/** A typical authorization time of a real gateway. */
const GATEWAY_MS = 150;
const SAMPLE_MS = 150;

/** The progress of the sale at one moment. */
interface Sample {
  /** Accepted orders that inventory and payment have not both claimed yet. */
  readonly queued: number;
  /** Gateway operations without a response. */
  readonly atGateway: number;
  readonly ended: number;
}

/** 削峰填谷: in a flash sale, orders are accepted immediately and processed at the rate of the services. */
export const peakShaving: Step = {
  name: 'peakShaving',
  async run(context) {
    const { shop, screen, translations, check } = context;
    const t = translations.steps.peakShaving;
    const { available } = await shop.stock(SKU);
    const each = Math.ceil((available * 1.2) / ORDERS);
    await shop.setGatewayModes({ authorize: { behaviour: 'slow', delayMs: GATEWAY_MS } });
    const sale = await screen.withStatus(t.selling(ORDERS), (updateStatus) =>
      runSale(context, each, updateStatus),
    );
    await shop.setGatewayModes({});
    const level = await shop.stock(SKU);

    const { samples } = sale;
    const rows = [
      [t.queued, samples.map(({ queued }) => queued)],
      [t.atGateway, samples.map(({ atGateway }) => atGateway)],
      [t.ended, samples.map(({ ended }) => ended)],
    ] as const;
    screen.table(
      [{ title: t.interval(SAMPLE_MS) }, { title: '' }, { title: t.max, align: 'right' }],
      rows.map(([title, numbers]) => [title, sparkline(numbers), String(Math.max(...numbers))]),
    );
    screen.evidence(t.throughput(ORDERS, seconds(sale.acceptedMs), seconds(sale.endedMs)));
    screen.evidence(t.outcome(sale.completed, ORDERS - sale.completed));

    const buyers = Math.floor(available / each);
    check(t.accepted, sale.accepted === ORDERS);
    check(
      t.notOversold(available, each, buyers),
      sale.completed === buyers && level.deducted === buyers * each,
    );
  },
};

/** Places all orders while sampling the progress, until every order has ended. */
async function runSale(context: StepContext, each: number, updateStatus: (text: string) => void) {
  const customerId = `flash-sale-${randomUUID()}`;
  const startedAt = performance.now();
  let accepted = 0;
  let acceptedMs = 0;
  const request = { lines: [{ sku: SKU, quantity: each }], paymentToken: 'tok_visa' };
  const placing = placeAll(context.shop.as(customerId), request, () => (accepted += 1)).then(() => {
    acceptedMs = performance.now() - startedAt;
  });
  const samples: Sample[] = [];
  const sampling = waitUntil(
    'the flash sale',
    async () => {
      const sample = await takeSample(context, customerId);
      samples.push(sample);
      const { progress } = context.translations.steps.peakShaving;
      updateStatus(progress(accepted, sample.queued, sample.atGateway, sample.ended));
      return sample;
    },
    ({ ended }) => ended === ORDERS,
    { timeoutMs: 60_000, checkIntervalMs: SAMPLE_MS },
  );
  await Promise.all([placing, sampling]);
  const endedMs = performance.now() - startedAt;
  const completed = await context.database.count(
    'order',
    `SELECT count(*) FROM orders WHERE customer_id = $1 AND status = 'completed'`,
    [customerId],
  );
  return { samples, accepted, acceptedMs, endedMs, completed };
}

/** Places the order `ORDERS` times, with `CONCURRENCY` requests at a time. */
async function placeAll(shop: ShopClient, request: OrderRequest, onAccepted: () => void): Promise<void> {
  let toPlace = ORDERS;
  const placeOrders = async (): Promise<void> => {
    while (toPlace-- > 0) {
      await shop.place(request);
      onAccepted();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, placeOrders));
}

/** Reads the figures one after the other, so they can differ by the progress in between. */
async function takeSample({ database }: StepContext, customerId: string): Promise<Sample> {
  const inboxed = `SELECT count(*) FROM inbox WHERE type = 'order.placed.v1'`;
  const [held, receivedByPayment] = [
    await database.count('inventory', inboxed),
    await database.count('payment', inboxed),
  ];
  const placed = await database.count('order', `SELECT count(*) FROM outbox WHERE type = 'order.placed.v1'`);
  const ended = await database.count(
    'order',
    `SELECT count(*) FROM orders WHERE customer_id = $1 AND status IN ('completed', 'cancelled')`,
    [customerId],
  );
  const atGateway = await database.count(
    'payment',
    'SELECT count(*) FROM gateway_operations WHERE completed_at IS NULL',
  );
  return { queued: Math.max(0, placed - Math.min(held, receivedByPayment)), atGateway, ended };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
