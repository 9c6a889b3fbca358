import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Privileges } from '#database';
import { crashMarkPrivileges, CreateCrashMarks1763700000005 } from '#messaging';
import { CreateOperatorLog1763700000004, operatorLogPrivileges } from '#operator-log';

/** Creates the table `dead_letters` and its indexes. */
export class CreateDeadLetters1763700000003 implements MigrationInterface {
  readonly name = 'CreateDeadLetters1763700000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE dead_letters (
        id              uuid        PRIMARY KEY,
        queue           text        NOT NULL,
        key             text        NOT NULL,
        message_id      text,
        type            text,
        failure_reason  text        NOT NULL,
        error           text        NOT NULL,
        stack           text,
        attempts        integer     NOT NULL,
        exchange        text        NOT NULL,
        routing_key     text        NOT NULL,
        published_by    text,
        properties      json        NOT NULL,
        body            bytea       NOT NULL,
        status          text        NOT NULL DEFAULT 'open'
                                    CHECK (status IN ('open', 'replaying', 'replayed', 'discarded')),
        occurrences     integer     NOT NULL DEFAULT 1,
        last_delivery   text        NOT NULL DEFAULT '',
        replays         integer     NOT NULL DEFAULT 0,
        replay_id       uuid,
        replay_due_at   timestamptz,
        first_failed_at timestamptz NOT NULL DEFAULT now(),
        last_failed_at  timestamptz NOT NULL DEFAULT now(),
        archived_at     timestamptz,
        UNIQUE (queue, key)
      )`);
    for (const index of [
      `dead_letters_open ON dead_letters (last_failed_at) WHERE status = 'open'`,
      `dead_letters_replaying ON dead_letters (replay_due_at) WHERE status = 'replaying'`,
      'dead_letters_replay_id ON dead_letters (replay_id) WHERE replay_id IS NOT NULL',
      'dead_letters_archived ON dead_letters (archived_at) WHERE archived_at IS NOT NULL',
      // For the inbox, which keeps the claims of messages that are dead letters.
      'dead_letters_message_id ON dead_letters (lower(message_id))',
    ]) {
      await runner.query(`CREATE INDEX ${index}`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dead_letters');
  }
}

/** Creates the table `erased_orders`: the ended orders of erased customers, whose messages may still arrive. */
export class CreateErasedOrders1763700000006 implements MigrationInterface {
  readonly name = 'CreateErasedOrders1763700000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE erased_orders (
        order_id  uuid        PRIMARY KEY,
        pseudonym text        NOT NULL,
        erased_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE erased_orders');
  }
}

/** The tables `dead_letters`, `operator_log`, `crash_marks` and `erased_orders`, for the migrations of each service that consumes messages. */
export const deadLetterMigrations = [
  CreateDeadLetters1763700000003,
  CreateOperatorLog1763700000004,
  CreateCrashMarks1763700000005,
  CreateErasedOrders1763700000006,
] as const;

/**
 * Privileges on the tables of {@link deadLetterMigrations}. An operator replays, edits, discards and reopens dead letters;
 * only the service writes where a message came from and why it failed.
 */
export const deadLetterPrivileges: Privileges = {
  dead_letters: {
    service: 'SELECT, INSERT, UPDATE, DELETE',
    operator: 'UPDATE (body, key, message_id, type, status, replays, replay_id, replay_due_at, archived_at)',
  },
  ...operatorLogPrivileges,
  ...crashMarkPrivileges,
  erased_orders: { service: 'SELECT, INSERT' },
};
