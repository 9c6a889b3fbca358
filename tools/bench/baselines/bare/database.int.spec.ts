import { afterAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../libs/test-support/servers.js';
import { Session, encodeTextArray } from './database.js';

const session = await Session.open(await testDatabase());
afterAll(() => session.close());

test.for([
  { name: 'no texts', texts: [] },
  { name: 'an empty text', texts: [''] },
  { name: 'JSON, Chinese, a long text', texts: ['{"a":"b\\\\"}', '库存', 'null', 'x'.repeat(100_000)] },
])('a binary text array keeps its texts: $name', async ({ texts }) => {
  const sql = 'SELECT unnest($1::text[]) AS text';
  const rows = await session.query<{ text: string }>('texts', sql, [encodeTextArray(texts)]);
  expect(rows.map(({ text }) => text)).toEqual(texts);
});

test('commit rejects when a statement of the transaction failed', async () => {
  void session.begin();
  const failed = session.query('fails', 'SELECT 1 / 0');
  const committed = session.commit();
  await Promise.all([
    expect(failed).rejects.toThrow('division by zero'),
    expect(committed).rejects.toThrow('rolled back'),
  ]);
});
