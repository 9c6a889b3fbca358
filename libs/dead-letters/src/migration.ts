import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the dead letters. Add it to the migrations of each service that consumes. */
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
        reason          text        NOT NULL,
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
