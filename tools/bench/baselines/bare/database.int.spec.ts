import { afterAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../test/setup/infrastructure.js';
import { Session, encodeTextArray } from './database.js';

const session = await Session.open(await testDatabase());
afterAll(() => session.close());

test.for([
  { what: 'no texts', texts: [] },
  { what: 'an empty text', texts: [''] },
  { what: 'JSON, Chinese, a long text', texts: ['{"a":"b\\\\"}', '库存', 'null', 'x'.repeat(100_000)] },
])('$what: texts arrive as they were sent', async ({ texts }) => {
  const sql = 'SELECT unnest($1::text[]) AS text';
  const rows = await session.query<{ text: string }>('texts', sql, [encodeTextArray(texts)]);
  expect(rows.map(({ text }) => text)).toEqual(texts);
});

test('a transaction one of whose statements has failed is not taken for committed', async () => {
  void session.begin();
  const failed = session.query('fails', 'SELECT 1 / 0');
  const committed = session.commit();
  await Promise.all([
    expect(failed).rejects.toThrow('division by zero'),
    expect(committed).rejects.toThrow('rolled back'),
  ]);
});
