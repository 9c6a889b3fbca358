import { describe, expect, test } from 'vitest';

import { services } from '#contracts';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { findPage } from '../docs/pages.js';
import { openShop } from './open-shop.js';

const { shop, urls } = openShop();

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Scrape {
  readonly type: string;
  /** `counter`, `gauge` or `histogram`, by name. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
}

const SAMPLE = /^([a-z_][a-z0-9_]*)\{(.*)\} (Nan|NaN|[+-]?Inf|[0-9.e+-]+)$/;
const LABEL = /([a-z_][a-z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/** Parses `/metrics` in the text format of Prometheus. @throws Error for a line that is not in this format */
async function scrape(service: (typeof services)[number]): Promise<Scrape> {
  const response = await fetch(`${urls[service]}/metrics`);
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of (await response.text()).split('\n').filter((each) => each !== '')) {
    const [, named, type] = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line) ?? [];
    if (named !== undefined && type !== undefined) types.set(named, type);
    if (line.startsWith('#')) continue;
    const [, name, labels, value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || labels === undefined) throw new Error(`no sample: ${line}`);
    const pairs = [...labels.matchAll(LABEL)].map(([, key, text]) => [key, text] as const);
    samples.push({ name, labels: Object.fromEntries(pairs) as Sample['labels'], value: Number(value) });
  }
  return { type: response.headers.get('content-type') ?? '', types, samples };
}

function sumSamples(
  { samples }: Scrape,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const fitting = samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, text]) => sample.labels[key] === text),
  );
  return fitting.length === 0 ? undefined : fitting.reduce((sum, { value }) => sum + value, 0);
}

/** The metrics of this system, without the default metrics of Node.js. */
function ownMetricNames({ types }: Scrape): string[] {
  return [...types.keys()].filter((name) => !/^(?:process|nodejs)_/.test(name));
}

const CONSUMERS = {
  order: 'order.processing-results',
  inventory: 'inventory.order-processing',
  payment: 'payment.order-processing',
};

test.each(services)('an order advances the counters of %s', async (service) => {
  const { id } = await shop.place(createOrderRequest(await shop.createProduct({ stock: 10 })));
  expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });
  const consumer = CONSUMERS[service];
  // The counters advance right after the commit that ends the order.
  const seen = await waitUntil(
    'counts',
    () => scrape(service),
    (found) =>
      (sumSamples(found, 'inbox_messages_total', { consumer, outcome: 'new' }) ?? 0) >= 2 &&
      (sumSamples(found, 'consumer_batch_messages_sum', { consumer }) ?? 0) >= 2 &&
      (sumSamples(found, 'relay_events_total', { outcome: 'confirmed' }) ?? 0) >= 2,
  );

  expect(sumSamples(seen, 'consumer_batch_messages_count', { consumer })).toBeGreaterThanOrEqual(1);
  expect(sumSamples(seen, 'consumer_batch_duration_seconds_sum', { consumer })).toBeGreaterThan(0);
  expect(sumSamples(seen, 'consumer_paused', { consumer })).toBe(0);
  expect(sumSamples(seen, 'consumer_partitions_owned')).toBe(4);
  expect(sumSamples(seen, 'relay_active')).toBe(1);
  expect(sumSamples(seen, 'outbox_oldest_pending_seconds')).toBeLessThan(60);
  expect(sumSamples(seen, 'database_pool_connections')).toBeGreaterThanOrEqual(1);
  expect(sumSamples(seen, 'alarm_raised', { alarm: 'topology' })).toBe(0);
  expect(seen.types.get('nodejs_eventloop_lag_p99_seconds')).toBe('gauge');
  expect(seen.samples.every(({ labels }) => labels['service'] === service)).toBe(true);
});

test('latencies are measured per message and per order', async () => {
  const before = await scrape('order');
  const { id } = await shop.place(createOrderRequest(await shop.createProduct({ stock: 10 })));
  await shop.waitUntilEnded(id);
  for (const service of services) {
    const consumer = CONSUMERS[service];
    const { types, samples } = await waitUntil(
      `latencies of ${service}`,
      () => scrape(service),
      (found) => (sumSamples(found, 'messaging_queue_time_seconds_count', { consumer }) ?? 0) >= 2,
    );
    const seen = { type: '', types, samples };
    const handled = sumSamples(seen, 'consumer_batch_messages_sum', { consumer });
    expect(sumSamples(seen, 'messaging_process_duration_seconds_count', { consumer })).toBe(handled);
    expect(sumSamples(seen, 'messaging_queue_time_seconds_sum', { consumer })).toBeGreaterThan(0);
    expect(sumSamples(seen, 'outbox_publish_lag_seconds_sum')).toBeGreaterThan(0);
  }
  const completed = (found: Scrape): number =>
    sumSamples(found, 'order_completion_seconds_count', { outcome: 'completed' }) ?? 0;
  expect(completed(await scrape('order'))).toBeGreaterThan(completed(before));
});

test('series of every consumer start at 0', async () => {
  for (const service of services) {
    const seen = await scrape(service);
    const steps = seen.samples.filter(({ name }) => name === 'consumer_retries_total');
    expect(steps.map(({ labels }) => labels['step'])).toEqual(['1s', '5s', '30s', '2m']);
  }
});

test('requests are measured by route', async () => {
  await shop.place(createOrderRequest(await shop.createProduct({ stock: 10 })));
  const seen = await waitUntil(
    'a POST',
    () => scrape('order'),
    (found) =>
      (sumSamples(found, 'http_request_duration_seconds_count', {
        method: 'POST',
        route: '/orders',
        status: '202',
      }) ?? 0) > 0,
  );
  const routes = seen.samples.flatMap(({ labels }) => labels['route'] ?? []);
  expect(routes.filter((route) => /[0-9a-f]{8}-/.test(route))).toEqual([]);
});

test('payment counts gateway operations by outcome', async () => {
  const { id } = await shop.place(createOrderRequest(await shop.createProduct({ stock: 10 })));
  await shop.waitUntilEnded(id);
  const seen = await scrape('payment');
  for (const operation of ['authorize', 'capture'])
    for (const name of ['gateway_operations_total', 'gateway_request_duration_seconds_count'])
      expect(sumSamples(seen, name, { operation, outcome: 'approved' })).toBeGreaterThan(0);
  expect(sumSamples(seen, 'gateway_operations_pending')).toBeGreaterThanOrEqual(0);
});

test('every sample has a declared type', async () => {
  for (const service of services) {
    const { type, types, samples } = await scrape(service);
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    const untyped = samples.filter(
      ({ name }) => !types.has(name) && types.get(name.replace(/_(?:bucket|sum|count)$/, '')) !== 'histogram',
    );
    expect(untyped.filter(({ name }) => !name.startsWith('nodejs_gc'))).toEqual([]);
    const counters = ownMetricNames({ type, types, samples }).filter((name) => types.get(name) === 'counter');
    expect(counters.filter((name) => !name.endsWith('_total'))).toEqual([]);
  }
});

describe.each(['docs/reference/observability.md', 'docs/reference/observability.zh-CN.md'])('%s', (path) => {
  test('lists exactly the metrics of each service', async () => {
    const exported = new Map<string, string[]>();
    for (const service of services)
      for (const name of ownMetricNames(await scrape(service)))
        exported.set(name, [...(exported.get(name) ?? []), service]);
    const [, table = ''] = findPage(path).text.split(/^## (?:Metrics|指标)$/m);
    const rows = table.matchAll(/^\| `([a-z_]+)`(?: \{[^}]*\})? \| (each|每个|order|inventory|payment) \|/gm);
    const documented = [...rows].map(
      ([, name, of]) => [name, of === 'each' || of === '每个' ? [...services] : [of]] as const,
    );
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(exported));
  });
});
