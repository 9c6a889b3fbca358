import type { MigrationInterface, QueryRunner } from 'typeorm';
import { expect, test } from 'vitest';

import { statement, type Transaction } from '#database';
import { testDatabase } from '../../../test-support/servers.js';
import { provisionDatabase } from './provision-database.js';

const databaseUrl = await testDatabase();
const SEED = statement('seed', `INSERT INTO shelves VALUES ('front') ON CONFLICT DO NOTHING RETURNING name`);
const NAMES = statement('names', 'SELECT name FROM shelves');

class CreateShelves1000000000001 implements MigrationInterface {
  readonly name = 'CreateShelves1000000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE shelves (name text PRIMARY KEY)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE shelves');
  }
}

const ownerUrl = databaseUrl;
const migrations = [CreateShelves1000000000001];
const privileges = { shelves: {} };

test('provisioning twice migrates once and seeds idempotently', async () => {
  const seeded: string[][] = [];
  const seed = async (tx: Transaction): Promise<void> => {
    await tx.query(SEED);
    seeded.push((await tx.query<{ name: string }>(NAMES)).map(({ name }) => name));
  };
  expect(await provisionDatabase({ ownerUrl, migrations, privileges, seed })).toEqual([
    'CreateShelves1000000000001',
  ]);
  expect(await provisionDatabase({ ownerUrl, migrations, privileges, seed })).toEqual([]);
  expect(seeded).toEqual([['front'], ['front']]);
});

test('a failed seed is rolled back and rejects', async () => {
  const seed = async (tx: Transaction): Promise<void> => {
    await tx.query(statement('back', `INSERT INTO shelves VALUES ('back')`));
    throw new Error('out of shelves');
  };
  await expect(provisionDatabase({ ownerUrl, migrations, privileges, seed })).rejects.toThrow(
    'out of shelves',
  );
  const verify = async (tx: Transaction): Promise<void> => {
    expect(await tx.query(NAMES)).toEqual([{ name: 'front' }]);
  };
  await provisionDatabase({ ownerUrl, migrations, privileges, seed: verify });
});
