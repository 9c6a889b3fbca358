import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { audit } from '../audit/audit.js';
import { describeReport } from '../audit/print.js';
import { waitUntilQuiet } from '../audit/quiet.js';
import type { AuditSources } from '../audit/sources.js';
import { request } from '../stack/http-request.js';
import type { Infrastructure } from '../stack/infrastructure.js';
import { type Platform, type ProcessName, startPlatform } from '../stack/platform.js';
import { batchSizes } from './batch-sizes.js';
import { type Accepted, closedLoop, ENOUGH_OF_EACH, skus } from './load.js';
import type { ByName, Measured } from './measure.js';
import { everyProcessOf } from './processes.js';
import { RunVoid } from './run-void.js';
import type { RunningShop } from './shop-under-load.js';

const LOOK_EVERY_MS = 10;
const ENDED_WITHIN_MS = 60_000;

/** The shop under load: it runs as in production, but for the log level, which is `warn`. */
export class Shop implements RunningShop {
  private readonly acceptedIds: string[] = [];

  private constructor(
    private readonly platform: Platform,
    private readonly orders: Client,
    private readonly sources: AuditSources,
    /** Its processes, the servers', and the load generator. */
    readonly measured: readonly Measured[],
  ) {}

  static async start(infrastructure: Infrastructure): Promise<Shop> {
    const { databases } = infrastructure.postgres;
    const { virtualHosts } = infrastructure.rabbitmq;
    const { folder } = infrastructure;
    const name = 'bench';
    // Straight to the broker: the platform's own link, which tests cut, runs in this process and would be measured too.
    const env = environments(await virtualHosts.create(name));
    const platform = await startPlatform({ databases, virtualHosts, folder, name, env });
    const orders = new Client({ connectionString: platform.databaseUrls.order, application_name: 'bench' });
    orders.on('error', () => {}); // the query under way, or the next one, fails with it
    const measured = await everyProcessOf(infrastructure, platform);
    const shop = new Shop(platform, orders, sourcesOf(infrastructure, platform), measured);
    try {
      await orders.connect();
      await shop.stockUp();
      return shop;
    } catch (error) {
      await shop.stop();
      throw error;
    }
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

  /** Resolves within some 10 ms of the end of the last order under way. @throws RunVoid */
  async allEnded(): Promise<void> {
    const underWay = `SELECT EXISTS (SELECT FROM orders WHERE status IN ('pending', 'confirmed', 'cancelling')) AS some`;
    const giveUpAt = performance.now() + ENDED_WITHIN_MS;
    for (;;) {
      const { rows } = await this.orders.query<{ some: boolean }>(underWay);
      if (rows[0]?.some === false) return;
      if (performance.now() > giveUpAt)
        throw new RunVoid(`Orders are still under way ${ENDED_WITHIN_MS / 1000} s after the load.`);
      await delay(LOOK_EVERY_MS);
    }
  }

  /** Those of these orders that have completed. @throws RunVoid when one was cancelled: none should be */
  async completedOf(ids: readonly string[]): Promise<string[]> {
    const { rows } = await this.orders.query<{ id: string; status: string }>({
      name: 'ended',
      text: `SELECT id, status FROM orders WHERE id = ANY ($1::uuid[]) AND status IN ('completed', 'cancelled')`,
      values: [ids],
    });
    const cancelled = rows.find(({ status }) => status === 'cancelled');
    if (cancelled) throw new RunVoid(`Order ${cancelled.id} was cancelled.`);
    return rows.map(({ id }) => id);
  }

  /** Every invariant must hold for everything this shop has done. @throws RunVoid with what does not */
  async prove(acceptedIds: readonly string[] = []): Promise<void> {
    const quiet = await waitUntilQuiet(this.sources, ENDED_WITHIN_MS);
    const report = await audit(this.sources, { accepted: [...this.acceptedIds, ...acceptedIds] });
    if (!quiet.isQuiet || !report.holds) throw new RunVoid(describeReport(report, quiet, 'en'));
  }

  /** See {@link batchSizes}. */
  messagesPerTransaction(): Promise<ByName> {
    return batchSizes(this.platform.databaseUrls);
  }

  async stop(): Promise<void> {
    await this.orders.end();
    await this.platform.stop();
  }

  private async stockUp(): Promise<void> {
    for (const sku of skus) {
      const { status, body } = await request(
        `${this.platform.processes.inventory.url}/stock/${sku}/receipts`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': 'bench' },
          body: JSON.stringify({ quantity: ENOUGH_OF_EACH }),
          timeoutMs: 10_000,
        },
      );
      if (status >= 300) throw new Error(`no stock of ${sku}: ${status} ${body}`);
    }
  }
}

function environments(rabbitmqUrl: string): Partial<Record<ProcessName, Record<string, string>>> {
  const service = (prefix: string): Record<string, string> => ({
    [`${prefix}_RABBITMQ_URL`]: rabbitmqUrl,
    [`${prefix}_LOG_LEVEL`]: 'warn',
  });
  return {
    order: service('ORDER'),
    inventory: service('INVENTORY'),
    payment: service('PAYMENT'),
    'gateway-simulator': { GATEWAY_LOG_LEVEL: 'warn' },
  };
}

function sourcesOf({ rabbitmq }: Infrastructure, platform: Platform): AuditSources {
  const { management } = rabbitmq.access;
  const { databaseUrls, rabbitmqUrl, processes } = platform;
  return {
    databaseUrls,
    gatewayUrl: processes['gateway-simulator'].url,
    broker: { url: rabbitmqUrl, managementUrl: management && withCredentials(management) },
  };
}

function withCredentials({ url, user, password }: { url: string; user: string; password: string }): string {
  return Object.assign(new URL(url), { username: user, password }).href;
}
