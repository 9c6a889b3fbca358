import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Rights } from '#database';

/** Creates the record of what operators did. Rows are added, and when they are old deleted; none is ever changed. */
export class CreateOperatorActs1763700000004 implements MigrationInterface {
  readonly name = 'CreateOperatorActs1763700000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE operator_acts (
        position bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        request  uuid        NOT NULL,
        act      text        NOT NULL,
        subject  text        NOT NULL,
        operator text        NOT NULL,
        why      text        NOT NULL,
        replaced bytea,
        at       timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX operator_acts_of_subject ON operator_acts (subject)');
    await runner.query(`
      CREATE FUNCTION operator_acts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'what an operator did is not changed afterwards';
      END $$`);
    await runner.query(`
      CREATE TRIGGER operator_acts_stay BEFORE UPDATE ON operator_acts
      FOR EACH ROW EXECUTE FUNCTION operator_acts_stay()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE operator_acts');
    await runner.query('DROP FUNCTION operator_acts_stay');
  }
}

/** Who may do what with it. The service deletes what is old; nobody changes anything. */
export const operatorActsRights: Rights = {
  operator_acts: { service: 'SELECT, INSERT, DELETE', operator: 'INSERT' },
};
