import { userInfo } from 'node:os';
import { DataSource } from 'typeorm';
import { type Service, services } from '#contracts';
import { Database, databaseOptions } from '#database';
import type { Attribution } from '#operator-log';
import type { OpsConfig } from './config.js';
import { RefusedError, type Terminal } from './terminal.js';

/** The longest one statement of an operator may take; what is searched may be long. */
const STATEMENT_TIMEOUT_MS = 60_000;

/** What every command works with: the databases as they are needed, and the terminal. */
export class CommandContext {
  private readonly dataSources = new Map<Service, Promise<DataSource>>();

  constructor(
    readonly config: OpsConfig,
    readonly terminal: Terminal,
    /** Whether results are to be JSON. */
    readonly printsJson: boolean,
  ) {}

  /** Those that a database is known of, or the one that is asked for. @throws Refused when there is none */
  services(only?: Service): readonly Service[] {
    const known = services.filter((service) => this.hasDatabase(service));
    if (only !== undefined && !this.hasDatabase(only))
      throw missingVariable(`${only.toUpperCase()}_DATABASE_URL`);
    if (known.length === 0) throw missingVariable('ORDER_DATABASE_URL, …');
    return only === undefined ? known : [only];
  }

  /** Whether the database of a service is known. */
  hasDatabase(service: Service): boolean {
    return this.databaseUrl(service) !== undefined;
  }

  /** @throws Refused when it cannot be reached */
  async database(service: Service): Promise<Database> {
    const url = this.databaseUrl(service);
    if (url === undefined) throw missingVariable(`${service.toUpperCase()}_DATABASE_URL`);
    const source = this.dataSources.get(service) ?? openDataSource(url);
    this.dataSources.set(service, source);
    try {
      return new Database(await source);
    } catch (error) {
      const reason = error instanceof Error ? error.message || error.name : String(error);
      throw new RefusedError(`the database of ${service} cannot be reached: ${reason}`, 2, { cause: error });
    }
  }

  /** What is read of each service, or of the one that is asked for, and whose it is. */
  async readFromEach<Item extends object>(
    read: (database: Database, service: Service) => Promise<readonly Item[]>,
    only?: Service,
  ): Promise<(Item & { readonly service: Service })[]> {
    const found: (Item & { readonly service: Service })[] = [];
    for (const service of this.services(only)) {
      const items = await read(await this.database(service), service);
      found.push(...items.map((item) => ({ service, ...item })));
    }
    return found;
  }

  /** Who does what is about to be done, and why. */
  operatorContext({
    operator,
    reason,
  }: {
    readonly operator?: string;
    readonly reason?: string;
  }): Attribution {
    if (reason === undefined) throw new RefusedError('why? Add --reason "…": it is kept with what you do', 2);
    return { operator: operator ?? this.config.operator ?? userInfo().username, reason };
  }

  /** Prints a result: `data` as JSON, or else `text`. */
  printResult(data: unknown, text: () => string): void {
    this.terminal.print(this.printsJson ? JSON.stringify(data, null, 2) : text());
  }

  async close(): Promise<void> {
    const sources = await Promise.allSettled(this.dataSources.values());
    for (const result of sources) if (result.status === 'fulfilled') await result.value.destroy();
  }

  private databaseUrl(service: Service): string | undefined {
    const { orderDatabaseUrl, inventoryDatabaseUrl, paymentDatabaseUrl } = this.config;
    return { order: orderDatabaseUrl, inventory: inventoryDatabaseUrl, payment: paymentDatabaseUrl }[service];
  }
}

/** A setting that the command needs is not there. */
export function missingVariable(variable: string): RefusedError {
  return new RefusedError(`OPS_${variable} is not set`, 2);
}

function openDataSource(url: string): Promise<DataSource> {
  const options = databaseOptions({
    url,
    applicationName: 'ops',
    poolSizeMax: 2,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  return new DataSource({ ...options, logging: false }).initialize();
}
