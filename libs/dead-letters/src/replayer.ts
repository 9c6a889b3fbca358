import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { BackgroundLoop } from '#concurrency';
import type { Service, Subscription } from '#contracts';
import { type Database, isPermanent, statement } from '#database';
import { hitFailpoint } from '#failpoints';
import {
  type ConfirmPublisher,
  partitionForSlot,
  partitionQueue,
  type DeadLetterReplay,
  replayPublication,
} from '#messaging';
import type { Log } from '#observability';

// A lease moves the due time of a row: after a crash another replayer takes the row when the lease ends. $3 bounds the
// bytes of a batch, because a body may have megabytes; the first row is always taken.
const LEASE = statement(
  'dead_letters_lease',
  `WITH due AS (
     SELECT id, octet_length(body) AS bytes
     FROM dead_letters
     WHERE status = 'replaying' AND replay_due_at <= now()
     ORDER BY replay_due_at, id
     LIMIT $1
     FOR UPDATE SKIP LOCKED
   ), sized AS (
     SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS "bytesBefore" FROM due
   )
   UPDATE dead_letters AS d
   SET replay_due_at = now() + $2 * interval '1 millisecond'
   FROM sized
   WHERE d.id = sized.id AND sized."bytesBefore" < $3
   RETURNING d.id, d.queue, d.message_id AS "messageId", d.properties, d.body, d.attempts, d.replays, d.exchange,
             d.routing_key AS "routingKey", d.published_by AS "publishedBy"`,
);

// A message that has failed again is open, or is in a later replay: its row stays as it is.
const MARK_SENT = statement(
  'dead_letters_mark_sent',
  `UPDATE dead_letters AS d
   SET status = 'replayed', replay_due_at = NULL, archived_at = now()
   FROM json_to_recordset($1::json) AS sent (id uuid, replays integer)
   WHERE d.id = sent.id AND d.status = 'replaying' AND d.replays = sent.replays`,
);

const RESCHEDULE = statement(
  'dead_letters_reschedule',
  `UPDATE dead_letters
   SET replay_due_at = now() + $3 * interval '1 millisecond'
   WHERE id = $1 AND status = 'replaying' AND replays = $2`,
);

const GIVE_UP = statement(
  'dead_letters_give_up',
  `UPDATE dead_letters
   SET status = 'open', replay_due_at = NULL
   WHERE id = $1 AND status = 'replaying' AND replays = $2`,
);

/** Dead letters of a batch. With the pause, a replayer publishes at most 400 a second: consumers keep most of their capacity. */
const BATCH_SIZE_MAX = 100;
const PAUSE_MS = 250;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;
const POLL_INTERVAL_MS = 500;
/** Longer than a publisher confirm may take (30 s), so that a lease does not end while its publish is in flight. */
const LEASE_MS = 40_000;
const RETRY_DELAY_MS = 5_000;

/** The dependencies of a {@link Replayer}. */
export interface ReplayerOptions {
  /** The service whose dead letters are replayed. Required. */
  readonly service: Service;
  /** The broker user of the service, which the broker verifies on each publish. Required. */
  readonly brokerUser: string;
  /** The database of the service. Required. */
  readonly database: Database;
  /** A publisher whose channel the relay does not use: a replayed message may close the channel. Required. */
  readonly publisher: ConfirmPublisher;
  /** The subscriptions of the service: a dead letter of another queue is reopened. Required. */
  readonly subscriptions: readonly Subscription[];
  /** Provisioned queues per consumer. Required. */
  readonly partitions: number;
  /** Receives a line per batch, and a warning or an error per failure. Required. */
  readonly log: Log;
}

interface LeasedDeadLetter {
  readonly id: string;
  readonly queue: string;
  readonly messageId: string | null;
  readonly properties: DeadLetterReplay['properties'];
  readonly body: Buffer;
  readonly attempts: number;
  readonly replays: number;
  readonly exchange: string;
  readonly routingKey: string;
  readonly publishedBy: string | null;
}

/**
 * Publishes the dead letters that {@link replayDeadLetters} marked, to the queues of the service that failed to handle them.
 * A dead letter is published at least once: after a crash between confirm and commit another replayer publishes it again,
 * and the inbox recognises the copy. Every replica may run a replayer; leases keep them from taking the same row.
 */
export class Replayer implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: BackgroundLoop;

  constructor(private readonly options: ReplayerOptions) {
    this.loop = new BackgroundLoop({
      intervalMs: POLL_INTERVAL_MS,
      runOnce: (signal) => this.runOnce(signal),
      log: options.log,
      failureMessage: 'dead letters not replayed; retrying',
    });
  }

  /** Starts polling for due dead letters, every 500 ms. */
  onApplicationBootstrap(): void {
    this.loop.start();
  }

  /** Resolves when the current batch has ended. */
  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }

  /** Resolves to the pause in ms before the next batch; undefined means the poll interval. */
  private async runOnce(signal: AbortSignal): Promise<number | undefined> {
    if (!(await this.options.publisher.whenAvailable(signal))) return undefined;
    return (await this.publishBatch()) > 0 ? PAUSE_MS : undefined;
  }

  /** @returns the number of dead letters that were leased */
  private async publishBatch(): Promise<number> {
    const { database } = this.options;
    const leased = await database.query<LeasedDeadLetter>(LEASE, [BATCH_SIZE_MAX, LEASE_MS, BATCH_BYTES_MAX]);
    // By id, which sorts by age: the messages of one order are published in their original order.
    const inOrder = leased.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const outcomes = await Promise.all(inOrder.map((letter) => this.publish(letter)));
    const sent = inOrder.filter((_, index) => outcomes[index]);
    if (sent.length > 0) {
      hitFailpoint('replayer.after-confirm');
      await database.query(MARK_SENT, [JSON.stringify(sent.map(({ id, replays }) => ({ id, replays })))]);
      this.options.log.info({ messages: sent.length }, 'dead letters replayed');
    }
    return leased.length;
  }

  /** @returns whether the broker confirmed the message; false when it did not, or when the outcome is unknown */
  private async publish(letter: LeasedDeadLetter): Promise<boolean> {
    const { service, brokerUser, publisher, database, log } = this.options;
    const { id, attempts, replays, exchange, routingKey, publishedBy } = letter;
    try {
      const origin = {
        attempt: attempts + 1,
        replay: replays,
        user: publishedBy ?? undefined,
        exchange,
        routingKey,
      };
      const queue = this.targetQueue(letter);
      await publisher.publish(replayPublication(service, brokerUser, { ...letter, queue, origin }));
      return true;
    } catch (err) {
      if (isPermanent(err)) {
        log.error({ err, deadLetter: id }, 'dead letter cannot be replayed; reopened');
        await database.query(GIVE_UP, [id, replays]);
      } else {
        log.warn({ err, deadLetter: id, retryMs: RETRY_DELAY_MS }, 'dead letter not replayed; retrying');
        await database.query(RESCHEDULE, [id, replays, RETRY_DELAY_MS]);
      }
      return false;
    }
  }

  /** The queue of the partition that the message belongs to now: its old queue, unless the number of partitions changed. */
  private targetQueue({ queue, routingKey }: LeasedDeadLetter): string {
    const { subscriptions, partitions } = this.options;
    const subscription = subscriptions.find(({ consumer }) => queue.startsWith(`${consumer}.`));
    if (!subscription) throw new NoConsumerError(`no consumer of this service has the queue ${queue}`);
    const slot = /\.(\d{1,2})$/.exec(routingKey)?.[1] ?? /\.(\d{1,2})$/.exec(queue)?.[1] ?? '0';
    return partitionQueue(subscription.consumer, partitionForSlot(Number(slot), partitions));
  }
}

/** The service no longer has the consumer of the queue. */
class NoConsumerError extends Error {
  override readonly name = 'NoConsumerError';
  readonly permanent = true;
}
