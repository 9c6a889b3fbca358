import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Privileges } from '#database';
import { deadLetterMigrations, deadLetterPrivileges } from '#dead-letters';
import { CreateInbox1763700000001, inboxPrivileges } from '#inbox';
import { outboxMigrations, outboxPrivileges } from '#outbox';

class CreatePayments1763700000010 implements MigrationInterface {
  readonly name = 'CreatePayments1763700000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payments (
        order_id         uuid        PRIMARY KEY,
        status           text        NOT NULL CHECK (status IN (
          'authorizing', 'authorized', 'declined', 'capturing', 'captured', 'capture_failed',
          'voiding', 'voided', 'refunding', 'refunded', 'refund_failed')),
        cancel_requested    boolean     NOT NULL,
        amount           bigint,
        currency         text,
        token            text,
        authorization_id text,
        capture_id       text,
        void_id          text,
        refund_id        text,
        decline_reason   text,
        capture_refusal  text,
        void_refusal     text,
        refund_refusal   text,
        refund_attempts  integer     NOT NULL DEFAULT 0,
        version          integer     NOT NULL,
        created_at       timestamptz NOT NULL DEFAULT now(),
        updated_at       timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 70)`);
    // What the gateway has been, or is to be, asked. next_attempt_at in the future is also a worker's lease.
    await runner.query(`
      CREATE TABLE gateway_operations (
        idempotency_key text        PRIMARY KEY,
        order_id        uuid        NOT NULL REFERENCES payments,
        operation       text        NOT NULL CHECK (operation IN ('authorize', 'capture', 'void', 'refund')),
        attempts        integer     NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        last_error      text,
        outcome          text        CHECK (outcome IN ('approved', 'refused')),
        completed_at     timestamptz,
        correlation_id  text        NOT NULL,
        causation_id    text,
        traceparent     text,
        created_at      timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 70)`);
    await runner.query(`
      CREATE INDEX gateway_operations_due ON gateway_operations (next_attempt_at) WHERE completed_at IS NULL`);
    await runner.query('CREATE INDEX gateway_operations_of_order ON gateway_operations (order_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE gateway_operations, payments');
  }
}

/** For pruning. */
class IndexGatewayOperationsByAge1763700000011 implements MigrationInterface {
  readonly name = 'IndexGatewayOperationsByAge1763700000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX gateway_operations_by_age ON gateway_operations (completed_at)
      WHERE completed_at IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX gateway_operations_by_age');
  }
}

class SetGatewayOperationsAside1763700000012 implements MigrationInterface {
  readonly name = 'SetGatewayOperationsAside1763700000012';

  async up(runner: QueryRunner): Promise<void> {
    // The version before does not know the column, and goes on asking: a request more, and no harm.
    await runner.query('ALTER TABLE gateway_operations ADD COLUMN parked_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE gateway_operations DROP COLUMN parked_at');
  }
}

/**
 * An operation is written twice and was indexed four times. Now it is found by its order, which is in its key, and
 * pruned in the order of orders. That it has a payment needs no check: one statement before, the same transaction has
 * saved it.
 */
class IndexGatewayOperationsOnce1763700000013 implements MigrationInterface {
  readonly name = 'IndexGatewayOperationsOnce1763700000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE gateway_operations
        DROP CONSTRAINT gateway_operations_pkey,
        DROP CONSTRAINT gateway_operations_order_id_fkey,
        ADD PRIMARY KEY (order_id, idempotency_key)`);
    await runner.query('DROP INDEX gateway_operations_of_order, gateway_operations_by_age');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE gateway_operations
        DROP CONSTRAINT gateway_operations_pkey,
        ADD PRIMARY KEY (idempotency_key),
        ADD FOREIGN KEY (order_id) REFERENCES payments`);
    await runner.query('CREATE INDEX gateway_operations_of_order ON gateway_operations (order_id)');
    await runner.query(`
      CREATE INDEX gateway_operations_by_age ON gateway_operations (completed_at)
      WHERE completed_at IS NOT NULL`);
  }
}

export const migrations = [
  CreateInbox1763700000001,
  ...outboxMigrations,
  ...deadLetterMigrations,
  CreatePayments1763700000010,
  IndexGatewayOperationsByAge1763700000011,
  SetGatewayOperationsAside1763700000012,
  IndexGatewayOperationsOnce1763700000013,
];

/** Who may do what with the tables. Payments are never deleted. */
export const privileges: Privileges = {
  ...inboxPrivileges,
  ...outboxPrivileges,
  ...deadLetterPrivileges,
  payments: { service: 'SELECT, INSERT, UPDATE' },
  gateway_operations: { service: 'SELECT, INSERT, UPDATE, DELETE' },
};
