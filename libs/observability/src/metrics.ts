import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** A number that is looked up when somebody asks. */
export interface ObservableGauge {
  /** As Prometheus names things: https://prometheus.io/docs/practices/naming/ */
  readonly name: string;
  readonly help: string;
  /** Must cost next to nothing, however much there is: it is called at every scrape. Undefined where it is not known. */
  readonly read: () => Promise<number | undefined> | number | undefined;
}

const READ_TIMEOUT_MS = 2_000;

/** A registry with what Node.js knows of the process: memory, CPU, garbage collection, the lag of its event loop. */
export function createRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 });
  return registry;
}

/**
 * Adds a gauge that is read at each scrape. Where the reading fails or takes longer than two seconds, because the
 * database is away, its value is `NaN`: unknown, and the others are still shown.
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
