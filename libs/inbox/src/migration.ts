import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Privileges } from '#database';

/** Creates the inbox. Add it to the migrations of each service that consumes, beside the migrations of `#dead-letters`. */
export class CreateInbox1763700000001 implements MigrationInterface {
  readonly name = 'CreateInbox1763700000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE inbox (
        consumer    text        NOT NULL,
        message_id  uuid        NOT NULL,
        type        text        NOT NULL,
        producer    text        NOT NULL,
        subject     text        NOT NULL,
        sequence    integer     NOT NULL,
        outcome     text        NOT NULL DEFAULT 'done' CHECK (outcome IN ('done', 'already', 'overtaken')),
        position    bigint      GENERATED ALWAYS AS IDENTITY,
        claimed_at  timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer, message_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE inbox');
  }
}

/** Privileges on `inbox`. Operators and auditors may read it, as every table. */
export const inboxPrivileges: Privileges = { inbox: { service: 'SELECT, INSERT, UPDATE, DELETE' } };
