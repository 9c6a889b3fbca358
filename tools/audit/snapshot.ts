import { Client, types } from 'pg';
import type { Service } from '#contracts';

/** A source that the audit needs cannot be read; nothing is known then. */
export class SourceUnavailableError extends Error {
  override readonly name = 'SourceUnavailableError';
}

export type Row = Readonly<Record<string, string | number | boolean | null>>;

const PAGE_SIZE = 5_000;

/**
 * One service's database as it is at one instant: a transaction that only reads and sees no later commit. It takes no
 * lock that a service would wait for. One statement at a time.
 */
export class Snapshot {
  private cursors = 0;

  private constructor(
    readonly service: Service,
    private readonly client: Client,
  ) {}

  /** @throws SourceUnavailableError */
  static async open(service: Service, databaseUrl: string): Promise<Snapshot> {
    const client = new Client({
      connectionString: databaseUrl,
      application_name: 'audit',
      connectionTimeoutMillis: 10_000,
      // While one database is asked something large, the others wait in their transactions.
      options:
        '-c default_transaction_read_only=on -c statement_timeout=600000 -c idle_in_transaction_session_timeout=0',
      types: { getTypeParser: getTypeParser },
    });
    client.on('error', () => {}); // the statement under way, or the next one, rejects with it
    try {
      await client.connect();
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      // A stream is always read to its end, and sorts what it can in memory.
      await client.query("SET LOCAL cursor_tuple_fraction = 1; SET LOCAL work_mem = '64MB'");
      return new Snapshot(service, client);
    } catch (error) {
      await client.end().catch(() => {});
      throw toSourceError(service, error);
    }
  }

  /** All rows of a statement. @throws SourceUnavailableError */
  async rows<Result extends object = Row>(sql: string, values: readonly unknown[] = []): Promise<Result[]> {
    try {
      return (await this.client.query(sql, [...values])).rows as Result[];
    } catch (error) {
      throw toSourceError(this.service, error);
    }
  }

  /** The rows of a statement in pages, each read when it is asked for. @throws SourceUnavailableError */
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

/** Amounts and counts are bigint, and far below 2^53; pg would give them as text. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  return oid === (types.builtins.INT8 as number) ? Number : (types.getTypeParser(oid, format) as never);
}

function toSourceError(service: Service, error: unknown): SourceUnavailableError {
  const reason = error instanceof Error ? error.message || error.constructor.name : String(error);
  return new SourceUnavailableError(`the database of ${service} cannot be read: ${reason}`, { cause: error });
}
