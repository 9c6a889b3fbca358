import type { Service } from '#contracts';
import type { SqlCheck } from './invariant.js';

/**
 * A check that the database refuses a second row with these columns. While the unique index exists, a second row cannot be
 * found; so the index is what an audit has to look for.
 */
export function uniqueKeyCheck(service: Service, table: string, columns: readonly string[]): SqlCheck {
  return {
    service,
    problem: uniqueKeyMissing,
    violations: `
      SELECT '${table}' AS "table", '${columns.join(', ')}' AS "uniqueColumns"
      WHERE NOT EXISTS (
        SELECT FROM pg_index AS i
        WHERE i.indrelid = to_regclass('${table}') AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
          AND ARRAY(SELECT attname::text FROM pg_attribute AS a
                    WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) ORDER BY attname::text COLLATE "C")
            = $1::text[])`,
    values: [columns.toSorted()],
  };
}

/** The problem of every such check. */
export const uniqueKeyMissing = {
  en: 'the unique index that refuses a second row is missing',
  zh: '缺少拒绝重复行的唯一索引',
};
