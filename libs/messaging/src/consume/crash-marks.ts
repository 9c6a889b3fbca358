import { randomUUID } from 'node:crypto';
import { ReadWriteLock } from '#concurrency';
import {
  type Database,
  deleteInPages,
  type Privileges,
  statement,
  type Transaction,
  unnestParameters,
} from '#database';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Delivery } from '../subscribe/delivery.js';
import { deliveryKey } from './dead-letter.js';

/** Processes that ended while they handled a message; after that many it becomes a dead letter. */
export const CRASHES_MAX = 3;

const FIND = statement(
  'crash_marks_find',
  `SELECT queue, key, cardinality(array_remove(processes, $3::uuid)) AS crashes
   FROM unnest($1::text[], $2::text[]) AS d (queue, key) JOIN crash_marks USING (queue, key)`,
);

// A process counts once, however often it repeats a batch. Sorted, so that two replicas cannot deadlock.
const MARK = statement(
  'crash_marks_add',
  `INSERT INTO crash_marks (queue, key, processes)
   SELECT DISTINCT queue, key, ARRAY[$3::uuid] FROM unnest($1::text[], $2::text[]) AS d (queue, key)
   ORDER BY queue, key
   ON CONFLICT (queue, key) DO UPDATE
   SET processes = array_append(array_remove(crash_marks.processes, $3::uuid), $3::uuid), marked_at = now()`,
);

const REMOVE = statement(
  'crash_marks_remove',
  `DELETE FROM crash_marks USING unnest($1::text[], $2::text[]) AS d (queue, key)
   WHERE crash_marks.queue = d.queue AND crash_marks.key = d.key`,
);

const WITHDRAW = statement(
  'crash_marks_withdraw',
  `UPDATE crash_marks SET processes = array_remove(processes, $3::uuid)
   FROM unnest($1::text[], $2::text[]) AS d (queue, key)
   WHERE crash_marks.queue = d.queue AND crash_marks.key = d.key`,
);

const PRUNE_PAGE = statement(
  'crash_marks_prune_page',
  `WITH pruned AS (
     DELETE FROM crash_marks
     WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM crash_marks WHERE marked_at < now() - $1::integer * interval '1 hour' LIMIT $2
       FOR UPDATE SKIP LOCKED))
     RETURNING 1
   )
   SELECT count(*) AS deleted FROM pruned`,
);

/** Deliveries of a batch that are handled together, and how many processes ended while they handled them. */
export interface BatchPart {
  readonly deliveries: readonly Delivery[];
  /** 0, or the count of the part's only delivery. */
  readonly crashes: number;
}

/**
 * Finds the message that ends its process. Before a process handles redelivered messages, it commits a mark for each; the
 * mark is removed in the transaction of the effect. A mark of another process therefore means that the process ended, or
 * lost the broker, while it handled the message. A message with such a mark is handled alone, so only a message that ends
 * its process collects {@link CRASHES_MAX} marks, and no other message of the batch does.
 *
 * Messages that were never redelivered cost no statement. Redelivered ones cost two statements per batch, so a restart or a
 * lost connection hardly slows the consumer. One instance per process, for all of its consumers.
 */
export class CrashMarks {
  private readonly processId = randomUUID();
  private readonly lock = new ReadWriteLock();
  private readonly inProgress = new Set<readonly Delivery[]>();

  constructor(private readonly database: Database) {}

  /** Splits a batch, in order, into single deliveries with a mark of another process and the runs between them. */
  async split(deliveries: readonly Delivery[]): Promise<BatchPart[]> {
    const crashes = await this.countCrashes(deliveries.filter(isRedelivered));
    const parts: { deliveries: Delivery[]; crashes: number }[] = [];
    for (const delivery of deliveries) {
      const count = crashes.get(toMapKey(delivery)) ?? 0;
      const last = parts.at(-1);
      if (count === 0 && last?.crashes === 0) last.deliveries.push(delivery);
      else parts.push({ deliveries: [delivery], crashes: count });
    }
    return parts;
  }

  /**
   * Commits the marks of the part's redelivered messages, then runs `handle`. A part with crashes runs alone in the process.
   * Rejects with the error of the database or of `handle`; the marks then stay, and the same process may run the part again.
   */
  run(part: BatchPart, handle: () => Promise<void>): Promise<void> {
    const redelivered = part.deliveries.filter(isRedelivered);
    const markAndHandle = async (): Promise<void> => {
      this.inProgress.add(redelivered);
      try {
        await this.execute(MARK, redelivered, this.processId);
        await handle();
      } finally {
        this.inProgress.delete(redelivered);
      }
    };
    return part.crashes > 0 ? this.lock.exclusive(markAndHandle) : this.lock.shared(markAndHandle);
  }

  /** Runs work that cannot be marked: never beside a message that is handled alone, whose mark its crash would raise. */
  runUnmarked(work: () => Promise<void>): Promise<void> {
    return this.lock.shared(work);
  }

  /** Removes the marks of processed deliveries, in the transaction of their effect. */
  remove(db: Pick<Database | Transaction, 'query'>, deliveries: readonly Delivery[]): Promise<void> {
    return this.execute(REMOVE, deliveries.filter(isRedelivered), undefined, db);
  }

  /** Removes this process's marks from the batch in progress: call it when the process stops as intended. */
  withdraw(): Promise<void> {
    return this.execute(WITHDRAW, [...this.inProgress].flat(), this.processId);
  }

  private async countCrashes(redelivered: readonly Delivery[]): Promise<Map<string, number>> {
    if (redelivered.length === 0) return new Map();
    const rows = await this.database.query<{ queue: string; key: string; crashes: number }>(FIND, [
      ...toParameters(redelivered),
      this.processId,
    ]);
    return new Map(rows.map(({ queue, key, crashes }) => [`${queue} ${key}`, crashes]));
  }

  private async execute(
    sql: typeof MARK,
    deliveries: readonly Delivery[],
    processId?: string,
    db: Pick<Database | Transaction, 'query'> = this.database,
  ): Promise<void> {
    if (deliveries.length === 0) return;
    await db.query(sql, [...toParameters(deliveries), ...(processId === undefined ? [] : [processId])]);
  }
}

/** Deletes marks that are older than `retentionHours`: those of messages that were purged, or processed by another replica. */
export function pruneCrashMarks(database: Database, retentionHours: number): AsyncGenerator<number, void> {
  return deleteInPages(database, PRUNE_PAGE, { parameters: [retentionHours] });
}

/** Creates the table of {@link CrashMarks}. It has rows for seconds after a crash, and is empty otherwise. */
export class CreateCrashMarks1763700000005 implements MigrationInterface {
  readonly name = 'CreateCrashMarks1763700000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE crash_marks (
        queue     text        NOT NULL,
        key       text        NOT NULL,
        processes uuid[]      NOT NULL,
        marked_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (queue, key)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE crash_marks');
  }
}

/** Privileges on `crash_marks`. Operators and auditors may read it, as every table. */
export const crashMarkPrivileges: Privileges = { crash_marks: { service: 'SELECT, INSERT, UPDATE, DELETE' } };

function isRedelivered({ fields }: Delivery): boolean {
  return fields.redelivered;
}

function toParameters(deliveries: readonly Delivery[]): string[] {
  const rows = deliveries.map((delivery) => ({ queue: delivery.queue, key: deliveryKey(delivery) }));
  return unnestParameters(rows, 'queue', 'key');
}

function toMapKey(delivery: Delivery): string {
  return `${delivery.queue} ${deliveryKey(delivery)}`;
}
