import type { QueryRunner } from 'typeorm';

/**
 * Longest wait for the transactions that began before the build. A build that fails must start again, and a waiting build
 * blocks no writer, so this wait is far longer than those of other statements.
 */
const BUILD_LOCK_TIMEOUT = '10min';

/**
 * Builds an index on a table that may have rows, while writers continue. For a migration with `transaction = false`:
 * PostgreSQL builds no index concurrently inside a transaction. Idempotent; an invalid index, which a failed or
 * interrupted build leaves, is dropped first. Rejects with 55P03 when an older transaction does not end within 10 minutes.
 *
 * @param name `orders_by_customer`
 * @param definition the part after the name: `ON orders (customer_id)`
 */
export async function createIndexConcurrently(
  runner: QueryRunner,
  name: string,
  definition: string,
): Promise<void> {
  const [previous] = (await runner.query('SHOW lock_timeout')) as { lock_timeout: string }[];
  await runner.query(`SET lock_timeout = '${BUILD_LOCK_TIMEOUT}'`);
  try {
    if (await isInvalid(runner, name)) await runner.query(`DROP INDEX CONCURRENTLY ${name}`);
    await runner.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${name} ${definition}`);
  } finally {
    await runner.query(`SET lock_timeout = '${previous?.lock_timeout ?? 0}'`);
  }
}

async function isInvalid(runner: QueryRunner, name: string): Promise<boolean> {
  const sql = 'SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid';
  const rows = (await runner.query(sql, [name])) as unknown[];
  return rows.length > 0;
}
