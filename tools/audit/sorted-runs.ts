import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Keyed, mergeByKey, toPages } from './merge-join.js';

const PAGE_SIZE = 1_000;

/** Sorts more rows than memory should hold: sorted parts of them in temporary files, merged as they are read back. */
export class SortedRuns<Row extends Keyed> {
  private folder: string | undefined;
  private readonly files: string[] = [];

  /** Writes a part of the rows, in any order, to a file of its own. They must survive JSON. */
  async add(rows: Iterable<Row>): Promise<void> {
    this.folder ??= await mkdtemp(join(tmpdir(), 'audit-'));
    const file = join(this.folder, String(this.files.length));
    await writeFile(file, sortByKey(rows).map(toLine).join(''));
    this.files.push(file);
  }

  /**
   * All rows by key: those of one key together, as they were added.
   *
   * @param last the last part, which needs no file
   */
  async *merged(last: Iterable<Row>): AsyncGenerator<readonly Row[], void> {
    const runs = [...this.files.map((file) => readRun<Row>(file)), toPages(sortByKey(last))];
    const numbered = Object.fromEntries(runs.entries());
    for await (const { rows } of mergeByKey<Record<string, Row>>(numbered)) yield Object.values(rows).flat();
  }

  /** Deletes the files. */
  async remove(): Promise<void> {
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }
}

function sortByKey<Row extends Keyed>(rows: Iterable<Row>): Row[] {
  return [...rows].sort((one, other) => (one.key < other.key ? -1 : 1));
}

/** U+2028 and U+2029 need no escape in JSON, but end a line for `readline`. */
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
