import { DataSource, type DataSourceOptions } from 'typeorm';

// The same in every program that migrates, and no other lock's key.
const MIGRATION_LOCK_KEY = 7_240_101;

/**
 * Applies the pending migrations of one database, each in its own transaction, and resolves to their names. Concurrent
 * calls, also of other processes, wait for each other. Rejects with the error of a failed migration; the migrations before
 * it stay applied, and the next call continues.
 */
export async function migrate(options: DataSourceOptions): Promise<string[]> {
  const dataSource = await new DataSource(options).initialize();
  const lockHolder = dataSource.createQueryRunner();
  try {
    // Waiting for another process takes as long as its migrations.
    await lockHolder.query('SET lock_timeout = 0; SET statement_timeout = 0');
    await lockHolder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK_KEY]);
    const applied = await dataSource.runMigrations({ transaction: 'each' });
    return applied.map((migration) => migration.name);
  } finally {
    await lockHolder.release();
    await dataSource.destroy();
  }
}
