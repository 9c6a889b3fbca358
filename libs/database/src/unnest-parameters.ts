/**
 * Converts rows to parameters for `unnest`: one PostgreSQL array literal per column, in the order of `columns`. Null and
 * undefined become NULL; an object becomes its JSON.
 *
 *     INSERT INTO stock (sku, quantity) SELECT * FROM unnest($1::text[], $2::integer[])
 *
 * PostgreSQL reads arrays about twice as fast as `json_to_recordset`, which looks up each field of each row by name.
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
  // JSON.stringify escapes exactly the characters that an array literal needs escaped, and it is native code.
  return typeof value === 'object' ? JSON.stringify(JSON.stringify(value)) : JSON.stringify(value);
}

function quoteElement(text: string): string {
  return /["\\]/.test(text) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : `"${text}"`;
}
