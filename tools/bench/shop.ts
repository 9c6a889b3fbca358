import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { audit } from '../audit/audit.js';
import { describeReport } from '../audit/print.js';
import { waitUntilQuiet } from '../audit/wait-until-idle.js';
import type { AuditSources } from '../audit/sources.js';
import type { Infrastructure } from '../local/servers.js';
import { type Platform, startPlatform } from '../local/shop.js';
import { batchSizes } from './batch-sizes.js';
import { listProducts, receive } from './catalogue.js';
import { type Accepted, closedLoop, ENOUGH_OF_EACH, skus } from './load.js';
import type { ByName, Measured } from './measure.js';
import { everyProcessOf } from './processes.js';
import { Replicas } from './replicas.js';
import { leaveRoomForOldRows } from './seeding/old-rows.js';
import { RunVoid } from './run-void.js';
import type { RunningShop } from './shop-under-load.js';
import { type ServiceName, type ProcessName, serviceNames } from '../client/api-types.js';

const LOOK_EVERY_MS = 10;
const STANDSTILL_MS = 60_000;
const LOOK_FOR_REPORTS_EVERY_MS = 5_000;
/** Of the gateway, which keeps its books in memory. */
const GATEWAY_HEAP_MB = 2_048;
const UNDER_WAY = `'pending', 'confirmed', 'cancelling'`;

const OF_SERVICES = { LOG_LEVEL: 'warn', HOUSEKEEPING_EVERY_MS: '1000' };

const ENVIRONMENTS: Readonly<Record<ProcessName, Record<string, string>>> = {
  order: prefixed('ORDER', { ...OF_SERVICES, DEADLINE_MS: '86400000' }),
  inventory: prefixed('INVENTORY', OF_SERVICES),
  payment: prefixed('PAYMENT', OF_SERVICES),
  'gateway-simulator': prefixed('GATEWAY', { LOG_LEVEL: 'warn', KEYS_MAX: '10000000' }),
};

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}_${name}`, value]));
}

/**
 * The shop under load. It runs as in production, but for three settings: the log level is `warn`, no order times out
 * however slow the machine, and what is old is looked for, and pruned, every second.
 */
export class Shop implements RunningShop {
  /** Before its first order, by `Date.now()`. */
  readonly startedAt = Date.now();
  private readonly acceptedIds: string[] = [];
  private processes: readonly Measured[] = [];
  private readonly replicas: Replicas;

  private constructor(
    private readonly infrastructure: Infrastructure,
    private readonly platform: Platform,
    private readonly orders: Client,
    private readonly sources: AuditSources,
  ) {
    this.replicas = new Replicas(platform, infrastructure.folder);
  }

  /** @param nodeArguments what else Node.js is told, by process */
  static async start(
    infrastructure: Infrastructure,
    nodeArguments: Partial<Record<ProcessName, readonly string[]>> = {},
  ): Promise<Shop> {
    const { databases } = infrastructure.postgres;
    const { virtualHosts } = infrastructure.rabbitmq;
    const { folder } = infrastructure;
    const name = 'bench';
    const platform = await startPlatform({
      databases,
      virtualHosts,
      folder,
      name,
      env: ENVIRONMENTS,
      heapMb: { 'gateway-simulator': GATEWAY_HEAP_MB },
      nodeArguments,
      // The platform's own link to the broker, which tests cut, runs in this process and would be measured too.
      isStraight: true,
    });
    await leaveRoomForOldRows(platform.databaseUrls);
    const orders = new Client({ connectionString: platform.databaseUrls.order, application_name: 'bench' });
    orders.on('error', () => {}); // the query under way, or the next one, fails with it
    const shop = new Shop(infrastructure, platform, orders, platform.auditSources);
    try {
      await orders.connect();
      for (const sku of skus) await receive(platform.processes.inventory.url, sku, ENOUGH_OF_EACH);
      await shop.lookForProcesses();
      return shop;
    } catch (error) {
      await shop.stop();
      throw error;
    }
  }

  /** Its processes, the servers', and the load generator. */
  get measured(): readonly Measured[] {
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
    this.remember(await closedLoop(this.orderUrl, { connections, durationMs }));
    await this.allEnded();
  }

  /** These orders must be found by the audit. */
  remember(accepted: readonly Accepted[]): void {
    for (const { id } of accepted) this.acceptedIds.push(id);
  }

  /**
   * Resolves within some 10 ms of the end of the last order under way.
   *
   * @throws RunVoid when for a minute nothing has been reported to the order service. That fewer are under way would
   * be too much to ask: of a backlog, the first order ends when most of the work on all of them is done.
   */
  async allEnded(): Promise<void> {
    const some = `SELECT EXISTS (SELECT FROM orders WHERE status IN (${UNDER_WAY})) AS some`;
    let [reported, reportedAt, lookAt] = ['', performance.now(), 0];
    for (;;) {
      const { rows } = await this.orders.query<{ some: boolean }>(some);
      if (rows[0]?.some === false) return;
      if (performance.now() > lookAt) {
        const now = await this.lastReported();
        if (now !== reported) [reported, reportedAt] = [now, performance.now()];
        lookAt = performance.now() + LOOK_FOR_REPORTS_EVERY_MS;
      }
      if (performance.now() > reportedAt + STANDSTILL_MS)
        throw new RunVoid(
          `For ${STANDSTILL_MS / 1000} s, ${await this.countUnderWay()} orders have been under way, and nothing was heard of any.`,
        );
      await delay(LOOK_EVERY_MS);
    }
  }

  /** Stops these services; what is sent to them waits. */
  async halt(services: readonly ServiceName[]): Promise<void> {
    await Promise.all(services.map((service) => this.platform.processes[service].stop()));
    await this.lookForProcesses();
  }

  /** Starts services that were halted, and as many more processes of every service as make `replicas` of each. */
  async resume(services: readonly ServiceName[], replicas = 1): Promise<void> {
    const further = Array.from({ length: replicas - 1 }, (_, index) => index + 2);
    await Promise.all([
      ...services.map((service) => this.platform.processes[service].start()),
      ...serviceNames.flatMap((service) => further.map((number) => this.replicas.start(service, number))),
    ]);
    await this.lookForProcesses();
  }

  /** Stops what {@link resume} has started beyond one process per service. */
  async stopReplicas(): Promise<void> {
    await this.replicas.stop();
    await this.lookForProcesses();
  }

  /** Lists products with so many units of each in stock. */
  async list(listed: readonly string[], quantity: number): Promise<void> {
    const { order, inventory } = this.platform.processes;
    await listProducts({ order: order.url, inventory: inventory.url }, listed, quantity);
  }

  /** How the orders of a SKU have ended: `completed`, or `cancelled` with its reason. */
  async endsOf(sku: string): Promise<Readonly<Record<string, number>>> {
    const { rows } = await this.orders.query<{ end: string; count: number }>(
      `SELECT concat_ws(', ', o.status, o.cancellation) AS end, count(*)::integer AS count
       FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id
       WHERE l.sku = $1
       GROUP BY 1`,
      [sku],
    );
    return Object.fromEntries(rows.map(({ end, count }) => [end, count]));
  }

  /** Every invariant must hold for everything this shop has done. @throws RunVoid with what does not */
  async prove(acceptedIds: readonly string[] = []): Promise<void> {
    const quiet = await waitUntilQuiet(this.sources, STANDSTILL_MS);
    const report = await audit(this.sources, { accepted: [...this.acceptedIds, ...acceptedIds] });
    if (!quiet.isQuiet || !report.holds) throw new RunVoid(describeReport(report, quiet, 'en'));
  }

  /** See {@link batchSizes}. */
  messagesPerTransaction(): Promise<ByName> {
    return batchSizes(this.platform.databaseUrls);
  }

  async stop(): Promise<void> {
    await this.orders.end();
    await this.replicas.stop();
    await this.platform.stop();
  }

  private async lookForProcesses(): Promise<void> {
    this.processes = [
      ...(await everyProcessOf(this.infrastructure, this.platform)),
      ...this.replicas.measured,
    ];
  }

  /** The position of what the order service has claimed last: reading it costs nothing, however much there is. */
  private async lastReported(): Promise<string> {
    const { rows } = await this.orders.query<{ last: string }>(
      'SELECT last_value::text AS last FROM inbox_position_seq',
    );
    return rows[0]?.last ?? '';
  }

  private async countUnderWay(): Promise<number> {
    const { rows } = await this.orders.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM orders WHERE status IN (${UNDER_WAY})`,
    );
    return rows[0]?.count ?? 0;
  }
}
