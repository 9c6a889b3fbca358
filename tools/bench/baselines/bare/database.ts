import { Client } from 'pg';

/** Each statement is planned once, by its index. */
const SETTINGS = '-c enable_seqscan=off -c plan_cache_mode=force_generic_plan -c jit=off';

/**
 * A database session that is sent statements without waiting for the answers to those before (pipelining): what need not
 * be looked at in between goes out in one packet and comes back in one.
 */
export class Session {
  private constructor(private readonly client: Client) {}

  static async open(url: string): Promise<Session> {
    const client = new Client({ connectionString: url, pipeline: true, options: SETTINGS });
    await client.connect();
    return new Session(client);
  }

  /** A prepared statement, by its name. */
  async query<Row>(name: string, text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query({ name, text, values: [...values] })).rows as Row[];
  }

  begin(): Promise<unknown> {
    return this.client.query('BEGIN');
  }

  /** @throws when an earlier statement of the transaction has failed: PostgreSQL then answers with ROLLBACK */
  async commit(): Promise<void> {
    const { command } = await this.client.query('COMMIT');
    if (command !== 'COMMIT') throw new Error('the transaction was rolled back');
  }

  close(): Promise<void> {
    return this.client.end();
  }
}

/** Turns rows into the columns that `unnest` makes rows of again. */
export function unnestParameters<Row extends object>(
  rows: readonly Row[],
  ...names: readonly (keyof Row)[]
): unknown[] {
  return names.map((name) => rows.map((row) => row[name]));
}

const TEXT_OID = 25;

/**
 * A `text[]` in PostgreSQL's binary format. pg's own text format escapes every quotation mark, and JSON is full of them:
 * it took nine times as long.
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
