import { countDeadLetters, type DeadLetterFilter, replayDeadLetters } from '#dead-letters';
import { waitUntil } from '../../tools/client/wait-until.js';
import { openDatabase } from '../../libs/test-support/database.js';
import type { FaultEnvironment } from './fault-environment.js';
import { type ServiceName } from '../../tools/client/api-types.js';

/** Columns of a row of `dead_letters`. */
export interface DeadLetter {
  readonly messageId: string | null;
  readonly queue: string;
  readonly type: string | null;
  readonly failureReason: string;
  readonly status: string;
  readonly attempts: number;
  readonly occurrences: number;
  readonly replays: number;
}

/** Lists, counts and replays a service's dead letters. Call {@link open} while tests are collected. */
export class Operator {
  private constructor(
    private readonly environment: FaultEnvironment,
    private readonly service: ServiceName,
    private readonly database: Awaited<ReturnType<typeof openDatabase>>,
  ) {}

  static async open(environment: FaultEnvironment, service: ServiceName): Promise<Operator> {
    return new Operator(environment, service, await openDatabase(environment.databaseUrls[service], []));
  }

  /** Every dead letter of the service, oldest first. */
  deadLetters(): Promise<DeadLetter[]> {
    return this.environment.query<DeadLetter>(
      this.service,
      `SELECT message_id AS "messageId", queue, type, failure_reason AS "failureReason", status, attempts, occurrences, replays
       FROM dead_letters ORDER BY id`,
    );
  }

  count(filter: DeadLetterFilter): Promise<number> {
    return countDeadLetters(this.database, filter);
  }

  /** Waits until `count` dead letters match the filter. @throws WaitTimeoutError */
  async waitForCount(count: number, filter: DeadLetterFilter, timeoutMs = 60_000): Promise<void> {
    const read = (): Promise<number> => this.count(filter);
    const description = `${count} dead letters ${JSON.stringify(filter)}`;
    await waitUntil(description, read, (found) => found === count, { timeoutMs, checkIntervalMs: 100 });
  }

  /** Marks every open dead letter for replay; resolves to their number. */
  async replayAll(): Promise<number> {
    const expected = await this.count({ status: ['open'] });
    const by = { operator: 'faults', reason: 'the fault is over' };
    await this.database.transaction((tx) => replayDeadLetters(tx, { filter: {}, expected }, by));
    return expected;
  }
}
