import { DataSource, type DataSourceOptions } from 'typeorm';

// Any number will do, as long as every program that migrates takes the same one.
const MIGRATION_LOCK_KEY = 7_240_101;

/**
 * Applies the pending migrations of one database, each in a transaction, and resolves to their names. Several
 * programs may call it at once: they take turns. A migration that fails leaves those before it applied; run it again.
 */
export async function migrate(options: DataSourceOptions): Promise<string[]> {
  const dataSource = await new DataSource(options).initialize();
  const lockHolder = dataSource.createQueryRunner();
  try {
    // A turn takes as long as the other's migrations do.
    await lockHolder.query('SET lock_timeout = 0; SET statement_timeout = 0');
    await lockHolder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK_KEY]);
    const applied = await dataSource.runMigrations({ transaction: 'each' });
    return applied.map((migration) => migration.name);
  } finally {
    await lockHolder.release();
    await dataSource.destroy();
  }
}
