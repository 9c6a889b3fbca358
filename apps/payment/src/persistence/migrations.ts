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
        cancel_requested boolean     NOT NULL,
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
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE payments');
  }
}

/**
 * One row per operation, from the decision on it until its outcome is pruned. While `completed_at` is null, the row is
 * due at `next_attempt_at`; a lease moves that into the future. A request may be in flight until `leased_until`. From
 * `first_sent_at` on, the gateway remembers the idempotency key for some time.
 *
 * Each row is updated at least twice, so it has two indexes only: the primary key starts with the order, by which rows
 * are read and pruned. It needs no foreign key: the transaction that inserts a row saves its payment first.
 */
class CreateGatewayOperations1763700000011 implements MigrationInterface {
  readonly name = 'CreateGatewayOperations1763700000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE gateway_operations (
        order_id        uuid        NOT NULL,
        idempotency_key text        NOT NULL,
        operation       text        NOT NULL CHECK (operation IN ('authorize', 'capture', 'void', 'refund')),
        attempts        integer     NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        leased_until    timestamptz,
        first_sent_at   timestamptz,
        last_error      text,
        rejections      integer     NOT NULL DEFAULT 0,
        first_rejected_at timestamptz,
        last_rejected_at  timestamptz,
        parked_at       timestamptz,
        parked_cause    text        CHECK (parked_cause IN ('rejected', 'contradiction', 'unverified')),
        outcome         text        CHECK (outcome IN ('approved', 'refused')),
        completed_at    timestamptz,
        correlation_id  text        NOT NULL,
        causation_id    text,
        traceparent     text,
        tracestate      text,
        created_at      timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (order_id, idempotency_key)
      ) WITH (fillfactor = 70)`);
    await runner.query(`
      CREATE INDEX gateway_operations_due ON gateway_operations (next_attempt_at) WHERE completed_at IS NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE gateway_operations');
  }
}

/** Operations executed without the dispatcher. Rows are never deleted: the audit compares them with the gateway's ledger. */
class CreateExternalSettlements1763700000012 implements MigrationInterface {
  readonly name = 'CreateExternalSettlements1763700000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE external_settlements (
        order_id   uuid        NOT NULL,
        operation  text        NOT NULL CHECK (operation IN ('authorize', 'capture', 'void', 'refund')),
        reference  text        NOT NULL,
        settled_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (order_id, operation)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE external_settlements');
  }
}

export const migrations = [
  CreateInbox1763700000001,
  ...outboxMigrations,
  ...deadLetterMigrations,
  CreatePayments1763700000010,
  CreateGatewayOperations1763700000011,
  CreateExternalSettlements1763700000012,
];

/** The service's privileges per table. It never deletes payments or settlements. */
export const privileges: Privileges = {
  ...inboxPrivileges,
  ...outboxPrivileges,
  ...deadLetterPrivileges,
  payments: { service: 'SELECT, INSERT, UPDATE' },
  gateway_operations: { service: 'SELECT, INSERT, UPDATE, DELETE' },
  external_settlements: { service: 'SELECT, INSERT' },
};
