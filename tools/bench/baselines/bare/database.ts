import { Client } from 'pg';

/** Plans each prepared statement once, with its index. */
const SETTINGS = '-c enable_seqscan=off -c plan_cache_mode=force_generic_plan -c jit=off';

/**
 * A database session with pipelining: it sends statements without waiting for the results of earlier ones. Statements that
 * do not depend on each other share one packet in each direction.
 */
export class Session {
  private constructor(private readonly client: Client) {}

  static async open(url: string): Promise<Session> {
    const client = new Client({ connectionString: url, pipeline: true, options: SETTINGS });
    await client.connect();
    return new Session(client);
  }

  /** Executes a prepared statement, identified by `name`. */
  async query<Row>(name: string, text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query({ name, text, values: [...values] })).rows as Row[];
  }

  begin(): Promise<unknown> {
    return this.client.query('BEGIN');
  }

  /** @throws Error when a statement of the transaction failed: PostgreSQL then answers COMMIT with ROLLBACK */
  async commit(): Promise<void> {
    const { command } = await this.client.query('COMMIT');
    if (command !== 'COMMIT') throw new Error('the transaction was rolled back');
  }

  close(): Promise<void> {
    return this.client.end();
  }
}

/** Transposes rows into the column arrays that `unnest` takes. */
export function unnestParameters<Row extends object>(
  rows: readonly Row[],
  ...names: readonly (keyof Row)[]
): unknown[] {
  return names.map((name) => rows.map((row) => row[name]));
}

const TEXT_OID = 25;

/**
 * Encodes a `text[]` in PostgreSQL's binary format. pg's text format escapes every quotation mark of a JSON text, and took
 * nine times as long.
 */
export function encodeTextArray(values: readonly string[]): Buffer {
  const lengths = values.map((value) => Buffer.byteLength(value));
  const head = [1, 0, TEXT_OID, values.length, 1]; // dimensions, has nulls, type, length, first index
  const array = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 4 * head.length));
  let offset = 0;
  for (const integer of head) offset = array.writeInt32BE(integer, offset);
  for (const [index, value] of values.entries()) {
    offset = array.writeInt32BE(lengths[index]!, offset);
    offset += array.write(value, offset);
  }
  return array;
}
