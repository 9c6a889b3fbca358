import type { MigrationInterface, QueryRunner } from 'typeorm';
import { describe, expect, test } from 'vitest';

import { migrations as inventory } from '../../apps/inventory/src/persistence/migrations.js';
import { migrations as order } from '../../apps/order/src/persistence/migrations.js';
import { migrations as payment } from '../../apps/payment/src/persistence/migrations.js';

const MIGRATIONS = { order, inventory, payment };

/** The statements of a migration, without a database: every query returns no row. */
async function readStatements(migration: MigrationInterface): Promise<string[]> {
  const statements: string[] = [];
  const runner = { query: (sql: string) => Promise.resolve(statements.push(sql.trim()) && []) };
  await migration.up(runner as unknown as QueryRunner);
  return statements;
}

/** Statements that would block the writers of a filled table while PostgreSQL reads or rewrites it. */
function findBlocking(statements: readonly string[]): string[] {
  const created = new Set(statements.flatMap((sql) => /^CREATE TABLE (\w+)/i.exec(sql)?.[1] ?? []));
  return statements.filter((sql) => {
    const [, table = ''] =
      /^(?:CREATE (?:UNIQUE )?INDEX .*?\bON|ALTER TABLE) (?:ONLY )?(\w+)/is.exec(sql) ?? [];
    if (table === '' || created.has(table) || /\bCONCURRENTLY\b/i.test(sql)) return false;
    if (!/^ALTER/i.test(sql)) return true;
    const isValidated =
      /\bADD\b.*\b(CHECK|FOREIGN KEY|REFERENCES)\b/is.test(sql) && !/\bNOT VALID\b/i.test(sql);
    return isValidated || /\bSET NOT NULL\b|\bTYPE\b|\b(UNIQUE|PRIMARY KEY) \(|DEFAULT\s+\w+\(/i.test(sql);
  });
}

describe.each(Object.entries(MIGRATIONS))('%s', (_, migrations) => {
  test.each(migrations.map((migration) => [migration.name, new migration()] as const))(
    '%s blocks no writer of a filled table',
    async (_name, migration) => {
      const statements = await readStatements(migration);
      expect(findBlocking(statements)).toEqual([]);
      const isConcurrent = statements.some((sql) => /\bCONCURRENTLY\b/i.test(sql));
      expect((migration as MigrationInterface).transaction ?? true).toBe(!isConcurrent);
    },
  );
});

test.each([
  ['CREATE INDEX orders_by_customer ON orders (customer_id)', true],
  ['CREATE UNIQUE INDEX orders_by_key ON orders (key)', true],
  ['CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_by_customer ON orders (customer_id)', false],
  ['ALTER TABLE orders ADD COLUMN note text', false],
  ['ALTER TABLE orders ADD COLUMN id uuid DEFAULT gen_random_uuid()', true],
  ['ALTER TABLE orders ADD CONSTRAINT total CHECK (total >= 0)', true],
  ['ALTER TABLE orders ADD CONSTRAINT total CHECK (total >= 0) NOT VALID', false],
  ['ALTER TABLE orders VALIDATE CONSTRAINT total', false],
  ['ALTER TABLE orders ALTER COLUMN note SET NOT NULL', true],
  ['ALTER TABLE orders ALTER COLUMN total TYPE numeric', true],
])('%s blocks writers: %s', (sql, isBlocking) => {
  expect(findBlocking([sql])).toEqual(isBlocking ? [sql] : []);
  expect(findBlocking(['CREATE TABLE orders (id uuid)', sql])).toEqual([]);
});
