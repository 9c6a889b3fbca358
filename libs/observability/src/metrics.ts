import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** A gauge that is read at each scrape, like an observable gauge of OpenTelemetry. */
export interface ObservableGauge {
  /** Named by the rules of Prometheus: https://prometheus.io/docs/practices/naming/ */
  readonly name: string;
  /** One sentence, shown by Prometheus. */
  readonly help: string;
  /** The value, or undefined when it is unknown. Called at every scrape, so it must read a bounded number of rows. */
  readonly read: () => Promise<number | undefined> | number | undefined;
}

const READ_TIMEOUT_MS = 2_000;

/** Gauges of prom-client that are named like counters: `promtool check metrics` rejects them. `…_handles` and so on stay. */
const MISNAMED_GAUGES = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/**
 * A registry with the default metrics of Node.js: memory, CPU, garbage collection and event-loop lag.
 *
 * @param service the value of the label `service` of every metric
 */
export function createRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 });
  for (const name of MISNAMED_GAUGES) registry.removeSingleMetric(name);
  return registry;
}

/**
 * Adds a gauge to a registry. When its `read` rejects, returns undefined or takes longer than 2 s, as with an unavailable
 * database, its value is `NaN` and the scrape still succeeds.
 */
export function registerGauge(registry: Registry, { name, help, read }: ObservableGauge): void {
  const gauge = new Gauge({
    name,
    help,
    registers: [],
    async collect() {
      this.set((await readWithTimeout(read)) ?? Number.NaN);
    },
  });
  registry.registerMetric(gauge);
}

async function readWithTimeout(read: ObservableGauge['read']): Promise<number | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), READ_TIMEOUT_MS);
  });
  try {
    return await Promise.race([read(), expiry]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
