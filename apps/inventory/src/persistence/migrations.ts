import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Privileges } from '#database';
import { deadLetterMigrations, deadLetterPrivileges } from '#dead-letters';
import { CreateInbox1763700000001, inboxPrivileges } from '#inbox';
import { outboxMigrations, outboxPrivileges } from '#outbox';

class CreateStockLevels1763700000010 implements MigrationInterface {
  readonly name = 'CreateStockLevels1763700000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE stock_levels (
        sku        text        PRIMARY KEY,
        received   bigint      NOT NULL DEFAULT 0,
        available  bigint      NOT NULL DEFAULT 0 CHECK (available >= 0),
        held       bigint      NOT NULL DEFAULT 0 CHECK (held >= 0),
        deducted   bigint      NOT NULL DEFAULT 0 CHECK (deducted >= 0),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CHECK (received = available + held + deducted)
      ) WITH (fillfactor = 50)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE stock_levels');
  }
}

class CreateReservations1763700000011 implements MigrationInterface {
  readonly name = 'CreateReservations1763700000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE reservations (
        order_id   uuid        PRIMARY KEY,
        status     text        NOT NULL CHECK (status IN ('held', 'rejected', 'released', 'deducted', 'restocked')),
        lines      jsonb       NOT NULL,
        version    integer     NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 80)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE reservations');
  }
}

class CreateStockReceipts1763700000012 implements MigrationInterface {
  readonly name = 'CreateStockReceipts1763700000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE stock_receipts (
        sku          text        NOT NULL REFERENCES stock_levels,
        key          text        NOT NULL,
        quantity     bigint      NOT NULL CHECK (quantity > 0),
        received_at  timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (sku, key)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE stock_receipts');
  }
}

export const migrations = [
  CreateInbox1763700000001,
  ...outboxMigrations,
  ...deadLetterMigrations,
  CreateStockLevels1763700000010,
  CreateReservations1763700000011,
  CreateStockReceipts1763700000012,
];

/** The service never deletes stock levels or reservations. Receipts are append-only. */
export const privileges: Privileges = {
  ...inboxPrivileges,
  ...outboxPrivileges,
  ...deadLetterPrivileges,
  stock_levels: { service: 'SELECT, INSERT, UPDATE' },
  reservations: { service: 'SELECT, INSERT, UPDATE' },
  stock_receipts: { service: 'SELECT, INSERT' },
};
