import type { MigrationInterface, QueryRunner } from 'typeorm';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';

import { testDatabase } from '../../test-support/servers.js';
import { databaseOptions } from './database.js';
import { migrate } from './migrate.js';

const url = await testDatabase();

class CreateShelves1000000000001 implements MigrationInterface {
  readonly name = 'CreateShelves1000000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE shelves (name text)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE shelves');
  }
}

const options = databaseOptions({ url, applicationName: 'migrate', lockTimeoutMs: 200 }, [
  CreateShelves1000000000001,
]);

test('concurrent migrations wait for each other and run once', async () => {
  const other = new Client({ connectionString: url });
  await other.connect();
  onTestFinished(() => other.end());
  await other.query('SELECT pg_advisory_lock(7240101)'); // like a program during a long migration
  const applied = Promise.all([migrate(options), migrate(options)]);
  applied.catch(() => {}); // awaited below
  const waiting = `SELECT count(*)::integer AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
  const waiters = async (): Promise<number> => (await other.query<{ n: number }>(waiting)).rows[0]!.n;
  await expect.poll(waiters).toBe(2);
  await other.query('SELECT pg_sleep(0.4)'); // longer than lockTimeoutMs
  expect(await waiters()).toBe(2);
  await other.query('SELECT pg_advisory_unlock(7240101)');
  expect((await applied).flat()).toEqual(['CreateShelves1000000000001']);
  expect(await migrate(options)).toEqual([]);
});
