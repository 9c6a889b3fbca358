import { userInfo } from 'node:os';
import { DataSource } from 'typeorm';
import { issueToken, type Scope } from '#access';
import { type Service, services } from '#contracts';
import { Database, databaseOptions } from '#database';
import type { Attribution } from '#operator-log';
import type { OpsConfig } from './config.js';
import { RefusedError, type Terminal } from './terminal.js';

/** Longer than in services: a search may read a whole table. */
const STATEMENT_TIMEOUT_MS = 60_000;

/** Runs the work of a command with its context, and closes the context. */
export type RunCommand = (work: (context: CommandContext) => Promise<void>) => Promise<void>;

/** Configuration, databases and terminal of one command. A database is opened when it is first needed. */
export class CommandContext {
  private readonly dataSources = new Map<Service, Promise<DataSource>>();

  constructor(
    readonly config: OpsConfig,
    readonly terminal: Terminal,
    /** Whether results are printed as JSON. */
    readonly printsJson: boolean,
  ) {}

  /** The services whose database URL is set, or `only`. @throws RefusedError when the URL is not set */
  services(only?: Service): readonly Service[] {
    const known = services.filter((service) => this.hasDatabase(service));
    if (only !== undefined && !this.hasDatabase(only))
      throw missingVariable(`${only.toUpperCase()}_DATABASE_URL`);
    if (known.length === 0) throw missingVariable('ORDER_DATABASE_URL, …');
    return only === undefined ? known : [only];
  }

  /** Whether the database URL of a service is set. */
  hasDatabase(service: Service): boolean {
    return this.databaseUrl(service) !== undefined;
  }

  /** @throws RefusedError when the database is unavailable, or its URL is not set */
  async database(service: Service): Promise<Database> {
    const url = this.databaseUrl(service);
    if (url === undefined) throw missingVariable(`${service.toUpperCase()}_DATABASE_URL`);
    const source = this.dataSources.get(service) ?? openDataSource(url);
    this.dataSources.set(service, source);
    try {
      return new Database(await source);
    } catch (error) {
      const reason = error instanceof Error ? error.message || error.name : String(error);
      throw new RefusedError(`the database of ${service} is unavailable: ${reason}`, 2, { cause: error });
    }
  }

  /** Reads from every service, or from `only`, and adds the service to each item. */
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

  /** The operator and the reason of an action. @throws RefusedError without a reason */
  attribution({ operator, reason }: { readonly operator?: string; readonly reason?: string }): Attribution {
    if (reason === undefined) throw new RefusedError('missing --reason "…": the operator log records why', 2);
    return { operator: this.operatorName(operator), reason };
  }

  /** The name of the operator: the option of the command, OPS_OPERATOR, or the user of this machine. */
  operatorName(given?: string): string {
    return given ?? this.config.operator ?? userInfo().username;
  }

  /**
   * Signs a token with OPS_ACCESS_KEY.
   *
   * @throws RefusedError when the key is not set
   */
  issueToken(sub: string, scopes: readonly Scope[], hours = 12): Promise<string> {
    const { accessKey } = this.config;
    if (!accessKey) throw missingVariable('ACCESS_KEY');
    return issueToken(accessKey, { sub, scopes, lifetimeSeconds: hours * 3_600 });
  }

  /** Prints `data` as JSON with `--json`, otherwise `text`. */
  printResult(data: unknown, text: () => string): void {
    this.terminal.print(this.printsJson ? JSON.stringify(data, null, 2) : text());
  }

  /** Closes the databases that were opened. */
  async close(): Promise<void> {
    const sources = await Promise.allSettled(this.dataSources.values());
    for (const result of sources) if (result.status === 'fulfilled') await result.value.destroy();
  }

  private databaseUrl(service: Service): string | undefined {
    const { orderDatabaseUrl, inventoryDatabaseUrl, paymentDatabaseUrl } = this.config;
    return { order: orderDatabaseUrl, inventory: inventoryDatabaseUrl, payment: paymentDatabaseUrl }[service];
  }
}

/** The error of a command that needs a variable which is not set. */
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
