import { DataSource } from 'typeorm';
import { afterAll } from 'vitest';

import { Database, databaseOptions } from '#database';

/** A service's database with the tables of `migrations`, closed after the spec file's last test. */
export async function openDatabase(
  url: string,
  migrations: readonly (new () => object)[],
): Promise<Database> {
  const options = databaseOptions({ url, applicationName: 'spec' }, migrations);
  const dataSource = await new DataSource({ ...options, logging: false }).initialize();
  await dataSource.runMigrations({ transaction: 'each' });
  afterAll(() => dataSource.destroy());
  return new Database(dataSource);
}
