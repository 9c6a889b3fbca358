import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Privileges } from '#database';

/** Creates the table `operator_log`. A trigger refuses every UPDATE, also by the owner; pruning deletes old rows. */
export class CreateOperatorLog1763700000004 implements MigrationInterface {
  readonly name = 'CreateOperatorLog1763700000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE operator_log (
        position      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        request_id    uuid        NOT NULL,
        action        text        NOT NULL,
        subject       text        NOT NULL,
        operator      text        NOT NULL,
        reason        text        NOT NULL,
        replaced_body bytea,
        at            timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX operator_log_by_subject ON operator_log (subject)');
    await runner.query(`
      CREATE FUNCTION operator_log_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'operator_log is append-only';
      END $$`);
    await runner.query(`
      CREATE TRIGGER operator_log_append_only BEFORE UPDATE ON operator_log
      FOR EACH ROW EXECUTE FUNCTION operator_log_append_only()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE operator_log');
    await runner.query('DROP FUNCTION operator_log_append_only');
  }
}

/** Privileges on `operator_log`: the service prunes it, an operator only inserts, and no role has UPDATE. */
export const operatorLogPrivileges: Privileges = {
  operator_log: { service: 'SELECT, INSERT, DELETE', operator: 'INSERT' },
};
