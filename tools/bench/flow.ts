import { type ClosedLoopOptions, closedLoop } from './load.js';
import { type ByName, cpuPer, cpuUsed } from './measure.js';
import type { BenchShop } from './bench-shop.js';

/** Orders from the first POST to the end of the last one. */
export interface FlowMeasurement {
  readonly orders: number;
  readonly ordersPerSecond: number;
  /** Answered with 202 while the load lasted. */
  readonly acceptedPerSecond: number;
  readonly cpuUsPerOrder: ByName;
}

/** Places orders in a closed loop and waits for the end of the last one. */
export async function measureFlow(shop: BenchShop, load: ClosedLoopOptions): Promise<FlowMeasurement> {
  const { measured } = shop;
  const cpuBefore = cpuUsed(measured);
  const startedAt = performance.now();
  const accepted = await closedLoop(shop.orderUrl, load);
  const acceptedAt = performance.now();
  await shop.waitForCompletion();
  const endedAt = performance.now();
  shop.recordAccepted(accepted);
  return {
    orders: accepted.length,
    ordersPerSecond: (1000 * accepted.length) / (endedAt - startedAt),
    acceptedPerSecond: (1000 * accepted.length) / (acceptedAt - startedAt),
    cpuUsPerOrder: cpuPer(accepted.length, cpuBefore, cpuUsed(measured)),
  };
}

const EXTERNAL_PROCESSES: ReadonlySet<string> = new Set(['load generator', 'gateway-simulator']);

/** CPU of the shop itself, its servers included: what is not of the shop, the load and the gateway, is left out. */
export function cpuCost({ cpuUsPerOrder }: FlowMeasurement): number {
  return Object.entries(cpuUsPerOrder).reduce(
    (sum, [name, us]) => (EXTERNAL_PROCESSES.has(name) ? sum : sum + us),
    0,
  );
}
