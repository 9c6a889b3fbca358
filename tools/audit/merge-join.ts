/** A row of a sorted stream. */
export interface Keyed {
  readonly key: string;
}

/** What each stream has under one key: none, one, or several rows. */
export interface Merged<Rows> {
  readonly key: string;
  readonly rows: { readonly [Name in keyof Rows]: readonly Rows[Name][] };
}

/** A stream of rows, a page at a time: an `await` for every row would cost more than the row. */
export type Pages<Row> = AsyncIterable<readonly Row[]>;

/**
 * Joins streams that are sorted by key, one key at a time and in that order: a merge join, which holds no more than
 * a page of each. Keys compare by code unit, which for UUIDs as text is PostgreSQL's order of `uuid`.
 *
 * @throws RangeError when a stream is not sorted
 */
export async function* mergeByKey<Rows extends Record<string, Keyed>>(streams: {
  readonly [Name in keyof Rows]: Pages<Rows[Name]>;
}): AsyncGenerator<Merged<Rows>, void> {
  const names = Object.keys(streams) as (keyof Rows & string)[];
  const heads: Head<Keyed>[] = [];
  // One after the other: several may come from one connection, which answers one question at a time.
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

/** Rows that are at hand, as a stream. */
export async function* toPages<Row>(rows: Iterable<Row>): AsyncGenerator<readonly Row[], void> {
  yield [...rows];
}

const NONE: readonly never[] = [];

function leastKey(heads: readonly Head<Keyed>[]): string | undefined {
  let least: string | undefined;
  for (const { key } of heads) if (key !== undefined && (least === undefined || key < least)) least = key;
  return least;
}

/** Where a stream has been read to. */
class Head<Row extends Keyed> {
  private page: readonly Row[] = [];
  private index = 0;

  private constructor(private readonly pages: AsyncIterator<readonly Row[], unknown>) {}

  static async open<Row extends Keyed>(stream: Pages<Row>): Promise<Head<Row>> {
    const head = new Head(stream[Symbol.asyncIterator]());
    await head.turnPage();
    return head;
  }

  /** Of the next row; undefined at the end. */
  get key(): string | undefined {
    return this.page[this.index]?.key;
  }

  /** The rows under `key`, the next row's. */
  async take(key: string): Promise<Row[]> {
    const taken: Row[] = [];
    for (let row = this.page[this.index]; row?.key === key; row = this.page[this.index]) {
      taken.push(row);
      this.index += 1;
      if (this.index === this.page.length) await this.turnPage();
    }
    if (this.key !== undefined && this.key < key) throw new RangeError(`${this.key} comes after ${key}`);
    return taken;
  }

  /** The stream is not read any further. */
  async close(): Promise<void> {
    await this.pages.return?.();
  }

  /** To the next page that is not empty; to none at the end. */
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
