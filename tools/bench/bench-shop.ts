import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type AccessKey, issueToken } from '#access';
import { subscriptions } from '#contracts';
import { audit } from '../audit/audit.js';
import { describeReport } from '../audit/print.js';
import { waitUntilIdle } from '../audit/wait-until-idle.js';
import { type ServiceName, type ProcessName, serviceNames } from '../client/api-types.js';
import { type HttpResponse, request } from '../client/http-request.js';
import { startReplica } from '../local/replica.js';
import type { LocalServers } from '../local/servers.js';
import type { ServiceProcess } from '../local/service-process.js';
import { type LocalShop, startLocalShop } from '../local/shop.js';
import { InvalidRunError } from './invalid-run-error.js';
import { INITIAL_STOCK, skus } from './load.js';
import { type ByName, listServerProcesses, loadGenerator, type MeasuredProcess } from './measure.js';
import { reserveOutboxPositions } from './seeding/expired-rows.js';
import type { RunningShop } from './shop-under-load.js';
import { type SpanSink, startSpanSink } from './span-sink.js';

const STALLED_AFTER_MS = 60_000;
const CUSTOMERS = 1_000;
const LISTING_CONCURRENCY = 8;
const LISTING_TIMEOUT_MS = 30_000;
/** The gateway simulator keeps its ledger in memory. */
const GATEWAY_HEAP_MB = 2_048;

const SERVICE_VARIABLES = { LOG_LEVEL: 'warn', PRUNE_INTERVAL_MS: '1000' };

const VARIABLES: Readonly<Record<ProcessName, Record<string, string>>> = {
  order: addPrefix('ORDER', { ...SERVICE_VARIABLES, DEADLINE_MS: '86400000' }),
  inventory: addPrefix('INVENTORY', SERVICE_VARIABLES),
  payment: addPrefix('PAYMENT', SERVICE_VARIABLES),
  'gateway-simulator': addPrefix('GATEWAY', { LOG_LEVEL: 'warn', KEYS_MAX: '10000000' }),
};

/** The variables of every process, with those of tracing for the services. */
function addVariables(tracing: Readonly<Record<string, string>>): typeof VARIABLES {
  const { 'gateway-simulator': gateway, ...services } = VARIABLES;
  const traced = Object.entries(services).map(([name, env]) => [name, { ...env, ...tracing }]);
  return { ...(Object.fromEntries(traced) as typeof services), 'gateway-simulator': gateway };
}

function addPrefix(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}_${name}`, value]));
}

/**
 * The shop under load. Its configuration is that of production, with three exceptions: the log level is `warn`, orders
 * have a deadline of 24 h, so that none times out on a slow machine, and the retention jobs prune every second.
 */
export class BenchShop implements RunningShop {
  /** By `Date.now()`, before the first order. */
  readonly startedAt = Date.now();
  private processes: readonly MeasuredProcess[] = [];
  private readonly replicas = new Map<string, ServiceProcess>();

  private constructor(
    private readonly folder: string,
    private readonly platform: LocalShop,
    /** Of the customers, and of a member of staff. */
    readonly tokens: readonly string[],
    private readonly staffToken: string,
    private readonly spanSink: SpanSink | undefined,
  ) {}

  /**
   * @param name part of the names of its databases, virtual host, roles and users
   * @param tracePercent share of the orders whose trace is exported; default: tracing is off
   */
  static async start(
    { postgres, rabbitmq, folder }: LocalServers,
    name = 'bench',
    tracePercent?: number,
  ): Promise<BenchShop> {
    const spanSink = tracePercent === undefined ? undefined : await startSpanSink(folder, tracePercent);
    const platform = await startLocalShop({
      databases: postgres.databases,
      virtualHosts: rabbitmq.virtualHosts,
      folder,
      name,
      env: addVariables(spanSink?.env ?? {}),
      heapMb: { 'gateway-simulator': GATEWAY_HEAP_MB },
      // The broker proxy runs in this process: its CPU would count as the load generator's.
      isDirect: true,
    });
    const { accessKey } = platform;
    const staffToken = await issueToken(accessKey, { sub: 'bench', scopes: ['catalogue', 'stock'] });
    const tokens = await issueCustomerTokens(accessKey);
    const shop = new BenchShop(folder, platform, tokens, staffToken, spanSink);
    try {
      await reserveOutboxPositions(platform.databaseUrls);
      for (const sku of skus) await shop.receiveGoods(sku, INITIAL_STOCK);
      await shop.refreshProcesses();
      return shop;
    } catch (error) {
      await shop.stop();
      throw error;
    }
  }

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

  /** Stops these services; their messages stay in the queues. */
  async stopServices(services: readonly ServiceName[]): Promise<void> {
    await Promise.all(services.map((service) => this.platform.processes[service].stop()));
    await this.refreshProcesses();
  }

  /** Starts stopped services, and further replicas of every service up to `replicas` each. */
  async startServices(services: readonly ServiceName[], replicas = 1): Promise<void> {
    const { processes } = this.platform;
    const numbers = Array.from({ length: replicas - 1 }, (_, index) => index + 2);
    await Promise.all([
      ...services.map((service) => processes[service].start()),
      ...serviceNames.flatMap((service) =>
        numbers.map(async (number) => {
          this.replicas.set(`${service} ${number}`, await startReplica(processes[service], number));
        }),
      ),
    ]);
    await this.refreshProcesses();
  }

  /** Stops the replicas that {@link startServices} has started in addition to the first of each service. */
  async stopReplicas(): Promise<void> {
    await Promise.all([...this.replicas.values()].map((replica) => replica.stop()));
    this.replicas.clear();
    await this.refreshProcesses();
  }

  /** Lists products over REST, waits until inventory has each, and receives `quantity` units of it. */
  async listProducts(listed: readonly string[], quantity: number): Promise<void> {
    const { order } = this.platform.processes;
    const remaining = [...listed];
    const listNext = async (): Promise<void> => {
      for (let sku = remaining.pop(); sku !== undefined; sku = remaining.pop()) {
        const product = { name: { en: sku, zh: sku }, price: { amount: 1_000, currency: 'CNY' } };
        assertSuccess(
          `PUT /products/${sku}`,
          await this.send('PUT', `${order.url}/products/${sku}`, product),
        );
        await this.receiveGoods(sku, quantity);
      }
    };
    await Promise.all(Array.from({ length: LISTING_CONCURRENCY }, listNext));
  }

  /** Counts the orders of a SKU by outcome: `completed`, or `cancelled` with the reason. */
  async countOutcomes(sku: string): Promise<Readonly<Record<string, number>>> {
    const rows = await query<{ outcome: string; count: number }>(
      this.databaseUrls.order,
      `SELECT concat_ws(', ', o.status, o.cancellation) AS outcome, count(*)::integer AS count
       FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id
       WHERE l.sku = $1
       GROUP BY 1`,
      [sku],
    );
    return Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count]));
  }

  /** Audits all orders of the shop. @throws InvalidRunError with the violations */
  async verify(acceptedIds: readonly string[]): Promise<void> {
    const sources = this.platform.auditSources;
    const idle = await waitUntilIdle(sources, STALLED_AFTER_MS);
    const report = await audit(sources, { acceptedIds: [...acceptedIds] });
    if (!idle.isIdle || !report.holds) throw new InvalidRunError(describeReport(report, idle, 'en'));
  }

  /**
   * The average number of messages of each consumer, and of POSTs, per transaction since the shop started. Rows of one
   * transaction have the same timestamp.
   */
  async messagesPerTransaction(): Promise<ByName> {
    const posts = await averageBatchSize(this.databaseUrls.order, 'SELECT placed_at AS at FROM orders');
    const consumers = await Promise.all(
      subscriptions.map(async ({ consumer, service }) => {
        const claims = `SELECT claimed_at AS at FROM inbox WHERE consumer = '${consumer}'`;
        return [consumer, await averageBatchSize(this.databaseUrls[service], claims)] as const;
      }),
    );
    return { 'POST /orders': posts, ...Object.fromEntries(consumers) };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.replicas.values()].map((replica) => replica.stop()));
    await this.platform.stop();
    await this.spanSink?.stop();
  }

  /** Receives goods; retries while inventory does not have the SKU yet. */
  private async receiveGoods(sku: string, quantity: number): Promise<void> {
    const url = `${this.platform.processes.inventory.url}/stock/${sku}/receipts`;
    const giveUpAt = performance.now() + LISTING_TIMEOUT_MS;
    for (;;) {
      const response = await this.send('POST', url, { quantity });
      if (response.status !== 404 || performance.now() > giveUpAt)
        return assertSuccess(`POST ${url}`, response);
      await delay(50);
    }
  }

  private send(method: string, url: string, body: object): Promise<HttpResponse> {
    const headers = {
      authorization: `Bearer ${this.staffToken}`,
      'content-type': 'application/json',
      'idempotency-key': 'bench',
    };
    return request(url, { method, headers, body: JSON.stringify(body), timeoutMs: 10_000 });
  }

  private async refreshProcesses(): Promise<void> {
    const services = [
      ...Object.values(this.platform.processes).map((process) => [process.name, process] as const),
      ...this.replicas,
    ];
    this.processes = [
      ...services.map(([name, { pid }]) => ({ name, pid: pid!, withDescendants: true })),
      ...(await listServerProcesses(this.folder)),
      loadGenerator,
    ];
  }
}

function issueCustomerTokens(key: AccessKey): Promise<string[]> {
  const customers = Array.from({ length: CUSTOMERS }, (_, number) => `customer-${number}`);
  return Promise.all(customers.map((sub) => issueToken(key, { sub })));
}

function assertSuccess(call: string, { status, body }: HttpResponse): void {
  if (status >= 300) throw new Error(`${call}: ${status} ${body}`);
}

async function averageBatchSize(url: string, rows: string): Promise<number> {
  const size = `SELECT count(*)::float / greatest(count(DISTINCT at), 1) AS size FROM (${rows}) AS r`;
  return (await query<{ size: number }>(url, size))[0]?.size ?? NaN;
}

async function query<Row>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: url, application_name: 'bench' });
  await client.connect();
  try {
    return (await client.query(text, values)).rows as Row[];
  } finally {
    await client.end();
  }
}
