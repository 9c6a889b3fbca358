import { Client, types } from 'pg';
import type { Service } from '#contracts';

/** A source of the audit is unavailable, so the audit has no result. */
export class SourceUnavailableError extends Error {
  override readonly name = 'SourceUnavailableError';
}

export type Row = Readonly<Record<string, string | number | boolean | null>>;

const PAGE_SIZE = 5_000;

/**
 * A consistent snapshot of one service's database: a read-only REPEATABLE READ transaction. It takes no lock that
 * blocks a service. It runs one statement at a time.
 */
export class Snapshot {
  private cursors = 0;

  private constructor(
    readonly service: Service,
    private readonly client: Client,
  ) {}

  /** @throws SourceUnavailableError when the database is unavailable or refuses the login */
  static async open(service: Service, databaseUrl: string): Promise<Snapshot> {
    const client = new Client({
      connectionString: databaseUrl,
      application_name: 'audit',
      connectionTimeoutMillis: 10_000,
      // A snapshot stays idle in its transaction while a long query runs on another database.
      options:
        '-c default_transaction_read_only=on -c statement_timeout=600000 -c idle_in_transaction_session_timeout=0',
      types: { getTypeParser: getTypeParser },
    });
    client.on('error', () => {}); // the running query, or the next one, rejects with the same error
    try {
      await client.connect();
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      // Cursors are read to the end: optimise for the total time, and sort in memory.
      await client.query("SET LOCAL cursor_tuple_fraction = 1; SET LOCAL work_mem = '64MB'");
      return new Snapshot(service, client);
    } catch (error) {
      await client.end().catch(() => {});
      throw toSourceError(service, error);
    }
  }

  /** Returns all rows of a query. @throws SourceUnavailableError when the query fails */
  async rows<Result extends object = Row>(sql: string, values: readonly unknown[] = []): Promise<Result[]> {
    try {
      return (await this.client.query(sql, [...values])).rows as Result[];
    } catch (error) {
      throw toSourceError(this.service, error);
    }
  }

  /** Streams the rows of a query in pages, through a cursor. @throws SourceUnavailableError when the query fails */
  async *pages<Result extends object = Row>(
    sql: string,
    values: readonly unknown[] = [],
  ): AsyncGenerator<readonly Result[], void> {
    const cursor = `audit_${(this.cursors += 1)}`;
    await this.rows(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`, values);
    for (;;) {
      const page = await this.rows<Result>(`FETCH ${PAGE_SIZE} FROM ${cursor}`);
      yield page;
      if (page.length < PAGE_SIZE) break;
    }
    await this.rows(`CLOSE ${cursor}`);
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => {});
  }
}

/** Parses bigint as a number: amounts and counts are far below 2^53. The default of pg is text. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  return oid === (types.builtins.INT8 as number) ? Number : (types.getTypeParser(oid, format) as never);
}

function toSourceError(service: Service, error: unknown): SourceUnavailableError {
  const reason = error instanceof Error ? error.message || error.constructor.name : String(error);
  return new SourceUnavailableError(`the database of ${service} cannot be read: ${reason}`, { cause: error });
}
