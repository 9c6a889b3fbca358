import { Client, type QueryResultRow } from 'pg';

/** The rows of a statement; `rowCount` also counts inserted, updated and deleted rows. */
export interface Result<Row> {
  readonly rows: readonly Row[];
  readonly rowCount: number;
}

/** A database session: `query` runs one statement. */
export interface Db {
  query<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Result<Row>>;
}

/** Runs before or after a statement. A lesson waits or fails in it. */
export type StatementHook = (sql: string) => Promise<void>;

const noHook: StatementHook = () => Promise.resolve();

/** One database session whose statements a lesson can delay or fail. It connects at the first statement. */
export class Session implements Db {
  before: StatementHook = noHook;
  after: StatementHook = noHook;
  private client: Client | undefined;

  constructor(private readonly url: string) {}

  query<Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Result<Row>> {
    const result = this.run<Row>(sql, values);
    result.catch(() => {}); // a program that does not await it must not end this process
    return result;
  }

  /** The process id of the session on the server; undefined before the first statement. */
  async backendPid(): Promise<number> {
    this.client ??= await this.connect();
    const { rows } = await this.client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return rows[0]!.pid;
  }

  /** Ends the session as a crash of its process does: the server rolls back an open transaction. */
  async close(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.end();
  }

  private async run<Row extends QueryResultRow>(
    sql: string,
    values: readonly unknown[],
  ): Promise<Result<Row>> {
    await this.before(sql);
    const client = (this.client ??= await this.connect());
    // Without values the simple protocol is used, which accepts several statements.
    const { rows, rowCount } = await (values.length === 0
      ? client.query<Row>(sql)
      : client.query<Row>(sql, [...values]));
    await this.after(sql);
    return { rows, rowCount: rowCount ?? 0 };
  }

  private async connect(): Promise<Client> {
    const client = new Client({ connectionString: this.url, options: '-c search_path=lesson' });
    client.on('error', () => {}); // the running statement rejects with the same error
    await client.connect();
    return client;
  }
}
