import { countDeadLetters, type DeadLetterFilter, replayDeadLetters } from '#dead-letters';
import { until } from '../../tools/client/wait-until.js';
import { openDatabase } from '../setup/database.js';
import type { BreakableShop } from './breakable-shop.js';
import { type ServiceName } from '../../tools/client/api-types.js';

/** A row of a service's table of dead letters, as far as it is looked at. */
export interface Letter {
  readonly messageId: string | null;
  readonly queue: string;
  readonly type: string | null;
  readonly reason: string;
  readonly status: string;
  readonly attempts: number;
  readonly occurrences: number;
  readonly replays: number;
}

/** What an operator sees of a service's dead letters, and does to them. Open it while tests are collected. */
export class Operator {
  private constructor(
    private readonly faults: BreakableShop,
    private readonly service: ServiceName,
    private readonly database: Awaited<ReturnType<typeof openDatabase>>,
  ) {}

  static async of(faults: BreakableShop, service: ServiceName): Promise<Operator> {
    return new Operator(faults, service, await openDatabase(faults.platform.databaseUrls[service], []));
  }

  /** All of the service's dead letters, in the order in which they came up. */
  letters(): Promise<Letter[]> {
    return this.faults.query<Letter>(
      this.service,
      `SELECT message_id AS "messageId", queue, type, reason, status, attempts, occurrences, replays
       FROM dead_letters ORDER BY id`,
    );
  }

  count(filter: DeadLetterFilter): Promise<number> {
    return countDeadLetters(this.database, filter);
  }

  /** Waits until so many are as the filter says. */
  async untilThereAre(count: number, filter: DeadLetterFilter, withinMs = 60_000): Promise<void> {
    const read = (): Promise<number> => this.count(filter);
    const what = `${count} dead letters ${JSON.stringify(filter)}`;
    await until(what, read, (found) => found === count, { withinMs, everyMs: 100 });
  }

  /** Has all that are open sent again; resolves to how many that are. */
  async replayAll(): Promise<number> {
    const expected = await this.count({ status: ['open'] });
    const by = { operator: 'faults', why: 'the fault is over' };
    await this.database.transaction((tx) => replayDeadLetters(tx, { filter: {}, expected }, by));
    return expected;
  }
}
