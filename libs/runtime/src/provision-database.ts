import { DataSource } from 'typeorm';
import { Database, databaseOptions, migrate, type Transaction } from '#database';

export interface ProvisionOptions {
  readonly databaseUrl: string;
  readonly migrations: readonly (new () => object)[];
  /** Puts in what a shop has on its first day. Must be idempotent: it runs at every provisioning. */
  readonly seed?: (tx: Transaction, database: Database) => Promise<void>;
}

/** Brings a service's database up to date: pending migrations, then the seed. Idempotent. */
export async function provisionDatabase({
  databaseUrl,
  migrations,
  seed,
}: ProvisionOptions): Promise<string[]> {
  const settings = { url: databaseUrl, applicationName: 'provision', statementTimeoutMs: 120_000 };
  const applied = await migrate(databaseOptions(settings, migrations));
  if (seed) {
    const dataSource = await new DataSource(databaseOptions(settings)).initialize();
    const database = new Database(dataSource);
    try {
      await database.transaction((tx) => seed(tx, database));
    } finally {
      await dataSource.destroy();
    }
  }
  return applied;
}
