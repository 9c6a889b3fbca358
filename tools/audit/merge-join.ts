/** A row of a sorted stream. */
export interface Keyed {
  readonly key: string;
}

/** The rows of each stream under one key: none, one or several. */
export interface Merged<Rows> {
  readonly key: string;
  readonly rows: { readonly [Name in keyof Rows]: readonly Rows[Name][] };
}

/** A stream of rows in pages: an `await` per row would cost more than reading the row. */
export type Pages<Row> = AsyncIterable<readonly Row[]>;

/**
 * Merge join: yields each key of the sorted streams once, in order, and holds one page per stream in memory. Keys
 * compare by code unit, which equals PostgreSQL's order of `uuid` for UUIDs as text.
 *
 * @throws RangeError when a stream is not sorted by key
 */
export async function* mergeByKey<Rows extends Record<string, Keyed>>(streams: {
  readonly [Name in keyof Rows]: Pages<Rows[Name]>;
}): AsyncGenerator<Merged<Rows>, void> {
  const names = Object.keys(streams) as (keyof Rows & string)[];
  const heads: Head<Keyed>[] = [];
  // Sequential: several streams may share a connection, which runs one query at a time.
  for (const name of names) heads.push(await Head.open(streams[name]));
  try {
    for (;;) {
      const key = leastKey(heads);
      if (key === undefined) return;
      const rows: Record<string, readonly Keyed[]> = {};
      for (const [index, name] of names.entries()) {
        const head = heads[index];
        rows[name] = head?.key === key ? await head.take(key) : NONE;
      }
      yield { key, rows: rows as Merged<Rows>['rows'] };
    }
  } finally {
    for (const head of heads) await head.close();
  }
}

/** Wraps rows in memory as a stream of one page. */
export async function* toPages<Row>(rows: Iterable<Row>): AsyncGenerator<readonly Row[], void> {
  yield [...rows];
}

const NONE: readonly never[] = [];

function leastKey(heads: readonly Head<Keyed>[]): string | undefined {
  let least: string | undefined;
  for (const { key } of heads) if (key !== undefined && (least === undefined || key < least)) least = key;
  return least;
}

/** The read position in a stream. */
class Head<Row extends Keyed> {
  private page: readonly Row[] = [];
  private index = 0;

  private constructor(private readonly pages: AsyncIterator<readonly Row[], unknown>) {}

  static async open<Row extends Keyed>(stream: Pages<Row>): Promise<Head<Row>> {
    const head = new Head(stream[Symbol.asyncIterator]());
    await head.turnPage();
    return head;
  }

  /** The key of the next row; undefined at the end of the stream. */
  get key(): string | undefined {
    return this.page[this.index]?.key;
  }

  /** Reads all rows under `key`, the key of the next row. */
  async take(key: string): Promise<Row[]> {
    const taken: Row[] = [];
    for (let row = this.page[this.index]; row?.key === key; row = this.page[this.index]) {
      taken.push(row);
      this.index += 1;
      if (this.index === this.page.length) await this.turnPage();
    }
    if (this.key !== undefined && this.key < key)
      throw new RangeError(`the stream is not sorted: ${this.key} follows ${key}`);
    return taken;
  }

  /** Stops reading the stream. */
  async close(): Promise<void> {
    await this.pages.return?.();
  }

  /** Moves to the next non-empty page, or to an empty one at the end of the stream. */
  private async turnPage(): Promise<void> {
    this.index = 0;
    this.page = [];
    while (this.page.length === 0) {
      const next = await this.pages.next();
      if (next.done) return;
      this.page = next.value;
    }
  }
}
