import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Keyed, mergeByKey, toPages } from './merge-join.js';

const PAGE_SIZE = 1_000;

/** External merge sort: sorted runs are written to temporary files and merged while they are read back. */
export class SortedRuns<Row extends Keyed> {
  private folder: string | undefined;
  private readonly files: string[] = [];

  /** Sorts rows and writes them as one run. Rows must be serializable as JSON. */
  async add(rows: Iterable<Row>): Promise<void> {
    this.folder ??= await mkdtemp(join(tmpdir(), 'audit-'));
    const file = join(this.folder, String(this.files.length));
    await writeFile(file, sortByKey(rows).map(toLine).join(''));
    this.files.push(file);
  }

  /**
   * Streams all rows by key. Each page holds the rows of one key, in the order they were added.
   *
   * @param last the last run, which stays in memory
   */
  async *merged(last: Iterable<Row>): AsyncGenerator<readonly Row[], void> {
    const runs = [...this.files.map((file) => readRun<Row>(file)), toPages(sortByKey(last))];
    const numbered = Object.fromEntries(runs.entries());
    for await (const { rows } of mergeByKey<Record<string, Row>>(numbered)) yield Object.values(rows).flat();
  }

  /** Deletes the temporary files. */
  async remove(): Promise<void> {
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }
}

function sortByKey<Row extends Keyed>(rows: Iterable<Row>): Row[] {
  return [...rows].sort((one, other) => (one.key < other.key ? -1 : 1));
}

/** JSON does not escape U+2028 and U+2029, but `readline` treats them as line ends. */
function toLine(row: Keyed): string {
  return `${JSON.stringify(row).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`;
}

async function* readRun<Row>(file: string): AsyncGenerator<readonly Row[], void> {
  let page: Row[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    page.push(JSON.parse(line) as Row);
    if (page.length < PAGE_SIZE) continue;
    yield page;
    page = [];
  }
  yield page;
}
