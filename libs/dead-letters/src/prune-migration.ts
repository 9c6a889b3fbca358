import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets archived dead letters be pruned by age, and the inbox see which of its messages is one. */
export class PruneDeadLetters1763700000006 implements MigrationInterface {
  readonly name = 'PruneDeadLetters1763700000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX dead_letters_archived ON dead_letters (archived_at) WHERE archived_at IS NOT NULL',
    );
    await runner.query('CREATE INDEX dead_letters_message_id ON dead_letters (lower(message_id))');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX dead_letters_archived, dead_letters_message_id');
  }
}
