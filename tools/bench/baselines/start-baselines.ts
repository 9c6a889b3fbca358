import type { Bench } from '../bench.js';
import type { RunningShop } from '../shop-under-load.js';
import { type Baseline, startBaseline } from './baseline.js';

/** Starts baselines on the servers of ours; none, and the report says so, where the broker has room for one shop only. */
export async function startBaselines(
  bench: Bench,
  baselines: readonly Baseline[],
): Promise<Partial<Record<Baseline['name'], RunningShop>>> {
  const { folder, postgres, rabbitmq } = bench.infrastructure;
  if (rabbitmq.access.onlyVhost !== undefined) {
    bench.reportNotMeasured(
      'the baselines: this broker has room for one shop, so there is nothing to compare ours with',
    );
    return {};
  }
  const servers = { folder, databases: postgres.databases, virtualHosts: rabbitmq.virtualHosts };
  const started = baselines.map(async (baseline) => [baseline.name, await startBaseline(baseline, servers)]);
  return Object.fromEntries(await Promise.all(started)) as Partial<Record<Baseline['name'], RunningShop>>;
}
