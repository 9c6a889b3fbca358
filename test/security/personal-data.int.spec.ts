import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { services } from '#contracts';
import { findPage } from '../docs/pages.js';
import { textColumns } from './personal-data.js';
import { provisionedDatabases } from './provisioned.js';

const { databaseUrls } = await provisionedDatabases();

/** Every column of the public tables whose type can contain text, as `table.column`. */
async function listTextColumns(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(`
      SELECT table_name || '.' || column_name AS name
      FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name NOT IN ('migrations', 'typeorm_metadata')
        AND data_type NOT IN ('uuid', 'bigint', 'integer', 'smallint', 'numeric', 'boolean', 'date',
                              'timestamp with time zone', 'double precision')
      ORDER BY 1`);
    return rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

test.each(services)('every text column of %s is classified', async (service) => {
  const classified = Object.entries(textColumns[service]).flatMap(([table, columns]) =>
    Object.keys(columns).map((column) => `${table}.${column}`),
  );
  expect((await listTextColumns(databaseUrls[service])).sort()).toEqual(classified.sort());
});

describe.each(['docs/explanation/security.md', 'docs/explanation/security.zh-CN.md'])('%s', (path) => {
  test('lists every column with personal data', () => {
    const personal = services.flatMap((service) =>
      Object.entries(textColumns[service]).flatMap(([table, columns]) =>
        Object.entries(columns)
          .filter(([, classification]) => classification === 'personal' || classification === 'staff')
          .map(([column]) => `\`${table}.${column}\``),
      ),
    );
    const cells =
      findPage(path)
        .text.match(/^\|.*\|$/gm)
        ?.join('\n') ?? '';
    expect([...new Set(personal)].filter((name) => !cells.includes(name))).toEqual([]);
  });
});
