import { expect, test } from 'vitest';
import { openDatabase } from '../../test-support/database.js';
import { testDatabase } from '../../test-support/servers.js';
import { unnestParameters } from './unnest-parameters.js';
import { statement } from './transaction.js';

const database = await openDatabase(await testDatabase(), []);
const BACK = statement(
  'back',
  `SELECT * FROM unnest($1::text[], $2::integer[], $3::boolean[], $4::json[], $5::uuid[])
   AS r (text, number, flag, data, id)`,
);

const texts = [
  '',
  'NULL',
  '{a,b}',
  ' two  words ',
  `it's "quoted"`,
  'back\\slash',
  'line\nbreak\ttab',
  '龙井茶 🍵',
];

test('values arrive unchanged', async () => {
  const rows = [
    ...texts.map((text, number) => ({
      text,
      number,
      flag: number % 2 === 0,
      data: { text, list: [text] },
      id: null,
    })),
    { text: null, number: null, flag: null, data: null, id: '01a21092-0053-77af-b514-cca7dfa65db8' },
  ];
  const sent = unnestParameters(rows, 'text', 'number', 'flag', 'data', 'id');
  expect(await database.query(BACK, sent)).toEqual(rows);
});

test('no rows give no rows', async () => {
  const none: { readonly text: string }[] = [];
  const sql = statement('none', 'SELECT * FROM unnest($1::text[])');
  expect(await database.query(sql, unnestParameters(none, 'text'))).toEqual([]);
});
