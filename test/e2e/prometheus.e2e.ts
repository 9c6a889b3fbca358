import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { afterAll, expect, inject, test, type TestContext } from 'vitest';

import { services } from '#contracts';

import { createOrderRequest, type Order } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { alertRules, extractSelectors, OBSERVABILITY } from '../deploy/alert-rules.js';
import { requireProgram, runProgram, startPrometheus } from '../setup/prometheus.js';
import { isExternal, NEEDS_OWN_SHOP, openOwnShop } from './open-shop.js';

const { shop, urls } = await openOwnShop({ order: { ORDER_STREAMS_MAX: '1' } });

interface Dashboard {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

interface PrometheusConfig {
  readonly global: object;
  readonly scrape_configs: readonly { readonly job_name: string }[];
}

const NEEDS_OWN_BROKER = 'scrapes the broker: needs a broker that the tests start, not RABBITMQ_URL';

const DASHBOARDS = join(OBSERVABILITY, 'grafana', 'dashboards');
const dashboards = readdirSync(DASHBOARDS).map(
  (file) => JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')) as Dashboard,
);

const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
let starting: Promise<{ readonly url: string; readonly stop: () => Promise<unknown> }> | undefined;

afterAll(async () => {
  await (await starting?.catch(() => undefined))?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The configuration of the repository, with the addresses of this shop and a scrape per second. */
async function writeConfig(prometheusUrl: string): Promise<string> {
  const text = await readFile(join(OBSERVABILITY, 'prometheus.yml'), 'utf8');
  const config = load(text) as PrometheusConfig;
  const host = (address: string): string => new URL(address).host;
  const targets = (job: string) =>
    job === 'services'
      ? services.map((service) => ({ targets: [host(urls[service])], labels: { __meta_dns_name: service } }))
      : [{ targets: [host(prometheusUrl)] }];
  const scrape_configs = config.scrape_configs.map((job) => ({
    ...job,
    dns_sd_configs: undefined,
    static_configs: targets(job.job_name),
  }));
  const file = join(folder, 'prometheus.yml');
  await writeFile(join(folder, 'alerts.yml'), await readFile(join(OBSERVABILITY, 'alerts.yml')));
  await writeFile(
    file,
    dump(
      { ...config, global: { scrape_interval: '1s', evaluation_interval: '1s' }, scrape_configs },
      { skipInvalid: true },
    ),
  );
  return file;
}

/** Starts Prometheus once for all tests, and produces what it should see. */
async function openPrometheus(context: TestContext): Promise<string> {
  context.skip(isExternal, NEEDS_OWN_SHOP);
  const { prometheusUrl } = inject('brokerAccess');
  if (prometheusUrl === undefined && process.env['CI'] !== undefined) throw new Error(NEEDS_OWN_BROKER);
  context.skip(prometheusUrl === undefined, NEEDS_OWN_BROKER);
  const program = await requireProgram('prometheus', context);
  starting ??= (async () => {
    await produceData();
    return startPrometheus(program, await writeConfig(prometheusUrl ?? ''), folder);
  })();
  return (await starting).url;
}

/** Orders that complete, one that is cancelled, and a 503 for one event stream more than the service serves. */
async function produceData(): Promise<void> {
  const sku = await shop.createProduct({ stock: 20 });
  const placed = await Promise.all(Array.from({ length: 5 }, () => shop.place(createOrderRequest(sku))));
  const cancelled = await shop.place(createOrderRequest(sku, 21));
  const streams = new AbortController();
  const request = { headers: await shop.authorization(), signal: streams.signal };
  const watch = () => fetch(`${urls.order}/orders/${cancelled.id}/events`, request);
  const opened = await Promise.all([watch(), watch()]);
  streams.abort();
  expect(opened.map(({ status }) => status)).toContain(503);
  // By GET: this shop serves one event stream.
  const hasEnded = ({ status }: Order): boolean => status === 'completed' || status === 'cancelled';
  for (const { id } of [...placed, cancelled]) await waitUntil('the end', () => shop.order(id), hasEnded);
}

/** Runs an instant query. @throws Error when Prometheus rejects it */
async function query(url: string, expr: string): Promise<readonly unknown[]> {
  const body = new URLSearchParams({ query: expr.replaceAll('$__rate_interval', '1m') });
  const response = await fetch(`${url}/api/v1/query`, { method: 'POST', body });
  const result = (await response.json()) as { error?: string; data: { result: readonly unknown[] } };
  if (!response.ok) throw new Error(`${expr}: ${result.error}`);
  return result.data.result;
}

/** The expressions that have no data after 30 s. */
async function findEmpty(url: string, expressions: readonly string[]): Promise<string[]> {
  const read = async (expr: string): Promise<readonly unknown[]> => query(url, expr);
  const outcomes = await Promise.allSettled(
    expressions.map((expr) =>
      waitUntil(
        expr,
        () => read(expr),
        ({ length }) => length > 0,
        { checkIntervalMs: 500 },
      ),
    ),
  );
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
}

test('promtool accepts the metrics of every service', async (context) => {
  const promtool = await requireProgram('promtool', context);
  for (const service of services) {
    const metrics = await (await fetch(`${urls[service]}/metrics`)).text();
    expect([service, await runProgram(promtool, ['check', 'metrics'], { input: metrics })]).toEqual([
      service,
      '',
    ]);
  }
});

test('every query of a dashboard returns data', async (context) => {
  const url = await openPrometheus(context);
  expect(dashboards).toHaveLength(2);
  for (const { title, panels } of dashboards) {
    const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect([title, await findEmpty(url, expressions)]).toEqual([title, []]);
  }
});

test('every selector of an alert rule returns data', async (context) => {
  const url = await openPrometheus(context);
  const selectors = alertRules.flatMap(({ expr }) => extractSelectors(expr));
  expect(await findEmpty(url, [...new Set(selectors)])).toEqual([]);
});

test('Prometheus evaluates every alert rule', async (context) => {
  const url = await openPrometheus(context);
  for (const { expr } of alertRules) await query(url, expr);
});
