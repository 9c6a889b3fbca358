/**
 * Rows as the parameters of `unnest`, which makes rows of them again: of each column one PostgreSQL array, in text.
 * Null and undefined become NULL, and an object its JSON.
 *
 *     INSERT INTO stock (sku, quantity) SELECT * FROM unnest($1::text[], $2::integer[])
 *
 * PostgreSQL takes it in about twice as fast as `json_to_recordset`, which looks every field of every row up by name.
 */
export function unnestParameters<Row extends object>(
  rows: readonly Row[],
  ...columns: readonly (keyof Row)[]
): string[] {
  return columns.map((name) => formatArray(rows, name));
}

function formatArray<Row>(rows: readonly Row[], name: keyof Row): string {
  let array = '{';
  for (const row of rows)
    array += array.length > 1 ? `,${formatElement(row[name])}` : formatElement(row[name]);
  return `${array}}`;
}

function formatElement(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return quoteElement(value);
  // JSON has no raw control characters, so what it escapes is just what an array must have escaped; and it is native.
  return typeof value === 'object' ? JSON.stringify(JSON.stringify(value)) : JSON.stringify(value);
}

function quoteElement(text: string): string {
  return /["\\]/.test(text) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : `"${text}"`;
}
