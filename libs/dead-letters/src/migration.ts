import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Privileges } from '#database';
import { CreateOperatorLog1763700000004, operatorLogPrivileges } from '#operator-log';
import { PruneDeadLetters1763700000006 } from './prune-migration.js';

/** Creates the dead letters. */
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
        status          text        NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'replayed', 'discarded')),
        occurrences     integer     NOT NULL DEFAULT 1,
        first_failed_at timestamptz NOT NULL DEFAULT now(),
        last_failed_at  timestamptz NOT NULL DEFAULT now(),
        UNIQUE (queue, key)
      )`);
    await runner.query(
      `CREATE INDEX dead_letters_open ON dead_letters (last_failed_at) WHERE status = 'open'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dead_letters');
  }
}

/** Lets dead letters be sent again, discarded and reopened, and their failures be told apart. */
export class ReplayDeadLetters1763700000005 implements MigrationInterface {
  readonly name = 'ReplayDeadLetters1763700000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE dead_letters
        DROP CONSTRAINT dead_letters_status_check,
        ADD CONSTRAINT dead_letters_status_check
          CHECK (status IN ('open', 'replaying', 'replayed', 'discarded')),
        ADD replays       integer NOT NULL DEFAULT 0,
        ADD last_delivery text    NOT NULL DEFAULT '',
        ADD replay_id     uuid,
        ADD replay_due_at timestamptz,
        ADD archived_at   timestamptz`);
    await runner.query(
      `CREATE INDEX dead_letters_replaying ON dead_letters (replay_due_at) WHERE status = 'replaying'`,
    );
    await runner.query(
      'CREATE INDEX dead_letters_replay_id ON dead_letters (replay_id) WHERE replay_id IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX dead_letters_replaying, dead_letters_replay_id');
    await runner.query(`UPDATE dead_letters SET status = 'open' WHERE status = 'replaying'`);
    await runner.query(`
      ALTER TABLE dead_letters
        DROP CONSTRAINT dead_letters_status_check,
        ADD CONSTRAINT dead_letters_status_check CHECK (status IN ('open', 'replayed', 'discarded')),
        DROP replays, DROP last_delivery, DROP replay_id, DROP replay_due_at, DROP archived_at`);
  }
}

/** All of the above, for the migrations of each service that consumes. */
export const deadLetterMigrations = [
  CreateDeadLetters1763700000003,
  CreateOperatorLog1763700000004,
  ReplayDeadLetters1763700000005,
  PruneDeadLetters1763700000006,
] as const;

/**
 * Who may do what with the tables of {@link deadLetterMigrations}. An operator replays, edits, discards and reopens; where
 * a dead letter came from, and why it is one, nobody changes but its service.
 */
export const deadLetterPrivileges: Privileges = {
  dead_letters: {
    service: 'SELECT, INSERT, UPDATE, DELETE',
    operator: 'UPDATE (body, key, message_id, type, status, replays, replay_id, replay_due_at, archived_at)',
  },
  ...operatorLogPrivileges,
};
