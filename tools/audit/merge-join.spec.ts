import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeByKey } from './merge-join.js';

interface Row {
  readonly key: string;
  readonly value: number;
}

/** Pages of two rows, with an empty page before each. */
async function* pagesOfTwo(rows: readonly Row[]): AsyncGenerator<readonly Row[], void> {
  for (let index = 0; index < rows.length; index += 2) {
    yield [];
    yield rows.slice(index, index + 2);
  }
}

async function collect(streams: Readonly<Record<string, readonly Row[]>>) {
  const opened = Object.fromEntries(Object.entries(streams).map(([name, rows]) => [name, pagesOfTwo(rows)]));
  const found = [];
  for await (const merged of mergeByKey(opened)) found.push(merged);
  return found;
}

const anyRows = fc
  .array(fc.record({ key: fc.constantFrom('', 'a', 'b', 'c', 'Z', '茶'), value: fc.nat() }))
  .map((rows) => rows.toSorted((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0)));

test('each key is yielded once, in order, with all its rows', async () => {
  await fc.assert(
    fc.asyncProperty(anyRows, anyRows, anyRows, async (one, two, three) => {
      const streams = { one, two, three };
      const keys = [...new Set([...one, ...two, ...three].map(({ key }) => key))].sort();
      const under = (rows: readonly Row[], key: string) => rows.filter((row) => row.key === key);
      expect(await collect(streams)).toEqual(
        keys.map((key) => ({
          key,
          rows: { one: under(one, key), two: under(two, key), three: under(three, key) },
        })),
      );
    }),
  );
});

test('an unsorted stream is rejected', async () => {
  const unsorted = [
    { key: 'b', value: 1 },
    { key: 'a', value: 2 },
  ];
  await expect(collect({ unsorted })).rejects.toThrow(RangeError);
});

test('no streams yield no keys', async () => {
  expect(await collect({})).toEqual([]);
});
