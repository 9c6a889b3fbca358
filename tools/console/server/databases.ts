import { DataSource } from 'typeorm';
import { type Service, services } from '#contracts';
import { Database, databaseOptions } from '#database';
import type { OpsConfig } from '../../ops/config.js';

/** Bounds every statement of the console; a poll that takes longer is reported as a problem of its source. */
const STATEMENT_TIMEOUT_MS = 5_000;

/** A source cannot be read; the message is shown on the page. */
export class SourceUnavailableError extends Error {
  override readonly name = 'SourceUnavailableError';
}

/** The services' databases through the operator's roles, in read-only sessions. Each is opened when first needed. */
export class Databases {
  private readonly sources = new Map<Service, Promise<DataSource>>();
  readonly urls: Readonly<Partial<Record<Service, string>>>;

  constructor({ orderDatabaseUrl, inventoryDatabaseUrl, paymentDatabaseUrl }: OpsConfig) {
    const urls = { order: orderDatabaseUrl, inventory: inventoryDatabaseUrl, payment: paymentDatabaseUrl };
    this.urls = Object.fromEntries(Object.entries(urls).filter(([, url]) => url !== undefined));
  }

  /** @throws SourceUnavailableError when the database is unavailable, or its URL is not set */
  async open(service: Service): Promise<Database> {
    const url = this.urls[service];
    if (url === undefined)
      throw new SourceUnavailableError(`OPS_${service.toUpperCase()}_DATABASE_URL is not set`);
    const opening = this.sources.get(service) ?? openReadOnly(url);
    this.sources.set(service, opening);
    try {
      return new Database(await opening);
    } catch (error) {
      this.sources.delete(service); // the next poll tries again
      throw new SourceUnavailableError(describeError(error), { cause: error });
    }
  }

  /** Reads from every service that can be read, and adds the service to each item. */
  async readFromEach<Item extends object>(
    read: (database: Database, service: Service) => Promise<readonly Item[]>,
  ): Promise<{
    readonly items: (Item & { readonly service: Service })[];
    readonly problems: Map<Service, string>;
  }> {
    const problems = new Map<Service, string>();
    const parts = await Promise.all(
      services.map(async (service) => {
        try {
          return (await read(await this.open(service), service)).map((item) => ({ service, ...item }));
        } catch (error) {
          problems.set(service, describeError(error));
          return [];
        }
      }),
    );
    return { items: parts.flat(), problems };
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.sources.values());
    for (const result of opened) if (result.status === 'fulfilled') await result.value.destroy();
  }
}

function openReadOnly(url: string): Promise<DataSource> {
  const options = databaseOptions({
    url,
    applicationName: 'console',
    poolSizeMax: 2,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    // Not the planner settings of services: the console also runs reports.
    sessionSettings: { default_transaction_read_only: 'on', jit: 'off' },
  });
  return new DataSource({ ...options, logging: false }).initialize();
}

/** The message of an error, without its class: `connect ECONNREFUSED 127.0.0.1:5432`. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses of one host failed: the members of an AggregateError have the messages.
  if (error instanceof AggregateError && error.message === '') return describeError(error.errors[0]);
  const cause = error.cause instanceof Error && error.message === 'fetch failed' ? error.cause : error;
  return cause.message || cause.name;
}
