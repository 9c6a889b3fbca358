import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Privileges } from '#database';

/**
 * Each published event leaves a dead entry at the beginning of the index of pending rows, where the relay reads. By default
 * autovacuum runs when 20 % of the table is dead: with millions of events, each read would skip hundreds of thousands of
 * dead entries. The storage parameters make it run after 10,000 rows, and always clean the indexes.
 *
 * Pending rows are indexed by slot: the relay reads each slot from its first pending row, however many rows of other slots
 * wait before it.
 */
class CreateOutbox1763700000002 implements MigrationInterface {
  readonly name = 'CreateOutbox1763700000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE outbox (
        position       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id             uuid        NOT NULL,
        exchange       text        NOT NULL,
        routing_key    text        NOT NULL,
        type           text        NOT NULL,
        producer       text        NOT NULL,
        subject        text        NOT NULL,
        sequence       integer     NOT NULL,
        correlation_id text        NOT NULL,
        causation_id   text,
        traceparent    text,
        tracestate     text,
        occurred_at    timestamptz NOT NULL DEFAULT now(),
        data           json        NOT NULL,
        published_at   timestamptz,
        attempts       integer     NOT NULL DEFAULT 0,
        last_error     text,
        parked_at      timestamptz
      ) WITH (
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, vacuum_index_cleanup = on
      )`);
    await runner.query(`
      CREATE INDEX outbox_pending_slots ON outbox (split_part(routing_key, '.', -1), position)
      WHERE published_at IS NULL AND parked_at IS NULL`);
    await runner.query('CREATE INDEX outbox_parked ON outbox (subject) WHERE parked_at IS NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox');
  }
}

/** Privileges on `outbox`. An operator releases parked events and republishes published ones. */
export const outboxPrivileges: Privileges = {
  outbox: {
    service: 'SELECT, INSERT, UPDATE, DELETE',
    operator: 'UPDATE (published_at, parked_at, attempts)',
  },
};

/** Create the outbox. Add them to the migrations of each service that publishes. */
export const outboxMigrations = [CreateOutbox1763700000002];
