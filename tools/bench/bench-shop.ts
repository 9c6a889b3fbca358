import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { audit } from '../audit/audit.js';
import { describeReport } from '../audit/print.js';
import { waitUntilIdle } from '../audit/wait-until-idle.js';
import type { AuditSources } from '../audit/sources.js';
import type { LocalServers } from '../local/servers.js';
import { type LocalShop, startLocalShop } from '../local/shop.js';
import { readBatchSizes } from './batch-sizes.js';
import { listProducts, receiveGoods } from './list-products.js';
import { type AcceptedOrder, closedLoop, INITIAL_STOCK, skus } from './load.js';
import type { ByName, MeasuredProcess } from './measure.js';
import { listShopProcesses } from './processes.js';
import { Replicas } from './replicas.js';
import { reserveOutboxPositions } from './seeding/expired-rows.js';
import { InvalidRunError } from './invalid-run-error.js';
import type { RunningShop } from './shop-under-load.js';
import { type ServiceName, type ProcessName, serviceNames } from '../client/api-types.js';

const CHECK_INTERVAL_MS = 10;
const STALLED_AFTER_MS = 60_000;
const PROGRESS_CHECK_INTERVAL_MS = 5_000;
/** Of the gateway, which keeps its books in memory. */
const GATEWAY_HEAP_MB = 2_048;
const IN_FLIGHT_STATUSES = `'pending', 'confirmed', 'cancelling'`;

const SERVICE_VARIABLES = { LOG_LEVEL: 'warn', PRUNE_INTERVAL_MS: '1000' };

const VARIABLES: Readonly<Record<ProcessName, Record<string, string>>> = {
  order: addPrefix('ORDER', { ...SERVICE_VARIABLES, DEADLINE_MS: '86400000' }),
  inventory: addPrefix('INVENTORY', SERVICE_VARIABLES),
  payment: addPrefix('PAYMENT', SERVICE_VARIABLES),
  'gateway-simulator': addPrefix('GATEWAY', { LOG_LEVEL: 'warn', KEYS_MAX: '10000000' }),
};

function addPrefix(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}_${name}`, value]));
}

/**
 * The shop under load. It runs as in production, but for three settings: the log level is `warn`, no order times out
 * however slow the machine, and what is old is looked for, and pruned, every second.
 */
export class BenchShop implements RunningShop {
  /** Before its first order, by `Date.now()`. */
  readonly startedAt = Date.now();
  private readonly acceptedIds: string[] = [];
  private processes: readonly MeasuredProcess[] = [];
  private readonly replicas: Replicas;

  private constructor(
    private readonly infrastructure: LocalServers,
    private readonly platform: LocalShop,
    private readonly orders: Client,
    private readonly sources: AuditSources,
  ) {
    this.replicas = new Replicas(platform, infrastructure.folder);
  }

  static async start(infrastructure: LocalServers): Promise<BenchShop> {
    const { databases } = infrastructure.postgres;
    const { virtualHosts } = infrastructure.rabbitmq;
    const { folder } = infrastructure;
    const name = 'bench';
    const platform = await startLocalShop({
      databases,
      virtualHosts,
      folder,
      name,
      env: VARIABLES,
      heapMb: { 'gateway-simulator': GATEWAY_HEAP_MB },
      // The platform's own link to the broker, which tests cut, runs in this process and would be measured too.
      isDirect: true,
    });
    await reserveOutboxPositions(platform.databaseUrls);
    const orders = new Client({ connectionString: platform.databaseUrls.order, application_name: 'bench' });
    orders.on('error', () => {}); // the query under way, or the next one, fails with it
    const shop = new BenchShop(infrastructure, platform, orders, platform.auditSources);
    try {
      await orders.connect();
      for (const sku of skus) await receiveGoods(platform.processes.inventory.url, sku, INITIAL_STOCK);
      await shop.refreshProcesses();
      return shop;
    } catch (error) {
      await shop.stop();
      throw error;
    }
  }

  /** Its processes, the servers', and the load generator. */
  get measured(): readonly MeasuredProcess[] {
    return this.processes;
  }

  get databaseUrls(): Readonly<Record<ServiceName, string>> {
    return this.platform.databaseUrls;
  }

  get orderUrl(): string {
    return this.platform.processes.order.url;
  }

  get brokerUrl(): string {
    return this.platform.rabbitmqUrl;
  }

  /** Runs the hot paths until they are compiled; what it does is not counted. */
  async warmUp(connections: number, durationMs: number): Promise<void> {
    this.recordAccepted(await closedLoop(this.orderUrl, { connections, durationMs }));
    await this.waitForCompletion();
  }

  /** These orders must be found by the audit. */
  recordAccepted(accepted: readonly AcceptedOrder[]): void {
    for (const { id } of accepted) this.acceptedIds.push(id);
  }

  /**
   * Resolves within some 10 ms of the end of the last order under way.
   *
   * @throws InvalidRunError when for a minute nothing has been reported to the order service. That fewer are under way would
   * be too much to ask: of a backlog, the first order ends when most of the work on all of them is done.
   */
  async waitForCompletion(): Promise<void> {
    const inFlight = `SELECT EXISTS (SELECT FROM orders WHERE status IN (${IN_FLIGHT_STATUSES})) AS "isInFlight"`;
    let [reported, reportedAt, lookAt] = ['', performance.now(), 0];
    for (;;) {
      const { rows } = await this.orders.query<{ isInFlight: boolean }>(inFlight);
      if (rows[0]?.isInFlight === false) return;
      if (performance.now() > lookAt) {
        const now = await this.lastInboxPosition();
        if (now !== reported) [reported, reportedAt] = [now, performance.now()];
        lookAt = performance.now() + PROGRESS_CHECK_INTERVAL_MS;
      }
      if (performance.now() > reportedAt + STALLED_AFTER_MS)
        throw new InvalidRunError(
          `For ${STALLED_AFTER_MS / 1000} s, ${await this.countInFlight()} orders have been under way, and nothing was heard of any.`,
        );
      await delay(CHECK_INTERVAL_MS);
    }
  }

  /** Stops these services; what is sent to them waits. */
  async stopServices(services: readonly ServiceName[]): Promise<void> {
    await Promise.all(services.map((service) => this.platform.processes[service].stop()));
    await this.refreshProcesses();
  }

  /** Starts services that were stopped, and as many more processes of every service as make `replicas` of each. */
  async startServices(services: readonly ServiceName[], replicas = 1): Promise<void> {
    const further = Array.from({ length: replicas - 1 }, (_, index) => index + 2);
    await Promise.all([
      ...services.map((service) => this.platform.processes[service].start()),
      ...serviceNames.flatMap((service) => further.map((number) => this.replicas.start(service, number))),
    ]);
    await this.refreshProcesses();
  }

  /** Stops what {@link startServices} has started beyond one process per service. */
  async stopReplicas(): Promise<void> {
    await this.replicas.stop();
    await this.refreshProcesses();
  }

  /** Lists products with so many units of each in stock. */
  async listProducts(listed: readonly string[], quantity: number): Promise<void> {
    const { order, inventory } = this.platform.processes;
    await listProducts({ order: order.url, inventory: inventory.url }, listed, quantity);
  }

  /** How the orders of a SKU have ended: `completed`, or `cancelled` with its reason. */
  async countOutcomes(sku: string): Promise<Readonly<Record<string, number>>> {
    const { rows } = await this.orders.query<{ end: string; count: number }>(
      `SELECT concat_ws(', ', o.status, o.cancellation) AS end, count(*)::integer AS count
       FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id
       WHERE l.sku = $1
       GROUP BY 1`,
      [sku],
    );
    return Object.fromEntries(rows.map(({ end, count }) => [end, count]));
  }

  /** Every invariant must hold for everything this shop has done. @throws InvalidRunError with what does not */
  async verify(acceptedIds: readonly string[] = []): Promise<void> {
    const idle = await waitUntilIdle(this.sources, STALLED_AFTER_MS);
    const report = await audit(this.sources, { acceptedIds: [...this.acceptedIds, ...acceptedIds] });
    if (!idle.isIdle || !report.holds) throw new InvalidRunError(describeReport(report, idle, 'en'));
  }

  /** See {@link readBatchSizes}. */
  messagesPerTransaction(): Promise<ByName> {
    return readBatchSizes(this.platform.databaseUrls);
  }

  async stop(): Promise<void> {
    await this.orders.end();
    await this.replicas.stop();
    await this.platform.stop();
  }

  private async refreshProcesses(): Promise<void> {
    this.processes = [
      ...(await listShopProcesses(this.infrastructure, this.platform)),
      ...this.replicas.measured,
    ];
  }

  /** The position of what the order service has claimed last: reading it costs nothing, however much there is. */
  private async lastInboxPosition(): Promise<string> {
    const { rows } = await this.orders.query<{ last: string }>(
      'SELECT last_value::text AS last FROM inbox_position_seq',
    );
    return rows[0]?.last ?? '';
  }

  private async countInFlight(): Promise<number> {
    const { rows } = await this.orders.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM orders WHERE status IN (${IN_FLIGHT_STATUSES})`,
    );
    return rows[0]?.count ?? 0;
  }
}
