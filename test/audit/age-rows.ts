import type { Query } from './audit-fixture.js';

const CREATE_EARLIER_FUNCTION = `
  CREATE OR REPLACE FUNCTION pg_temp.earlier(id text, ms bigint) RETURNS text LANGUAGE sql AS $$
    SELECT lpad(to_hex(('x' || translate(left(id, 13), '-', ''))::bit(48)::bigint - ms), 12, '0')
           || translate(substr(id, 14), '-', '')
  $$`;

const TIMESTAMP_COLUMNS = `
  SELECT table_name AS "table", column_name AS "column"
  FROM information_schema.columns
  WHERE table_schema = 'public' AND data_type = 'timestamp with time zone'`;

/** The columns with message ids: UUIDs of version 7, which contain the time of their creation. */
const MESSAGE_IDS = [
  ['outbox', 'id', 'uuid'],
  ['outbox', 'causation_id', 'text'],
  ['inbox', 'message_id', 'uuid'],
  ['dead_letters', 'message_id', 'text'],
  ['order_transitions', 'message_id', 'uuid'],
] as const;

/** Subtracts `days` from every timestamp in a database, and from the timestamp in every message id. */
export async function ageRows(query: Query, days: number): Promise<void> {
  await query(CREATE_EARLIER_FUNCTION);
  // The operator log refuses every UPDATE by a trigger; without constraints and triggers a row only gets older.
  await query('SET session_replication_role = replica');
  for (const { table, column } of await query(TIMESTAMP_COLUMNS)) {
    await query(
      `UPDATE ${String(table)} SET ${String(column)} = ${String(column)} - interval '${days} days'`,
    );
  }
  const tables = await query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
  for (const [table, column, type] of MESSAGE_IDS) {
    if (!tables.some(({ tablename }) => tablename === table)) continue;
    await query(
      `UPDATE ${table} SET ${column} = pg_temp.earlier(${column}::text, ${days * 86_400_000})::${type}`,
    );
  }
}
