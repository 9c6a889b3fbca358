import { setTimeout as delay } from 'node:timers/promises';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Service, Subscription } from '#contracts';
import { hitFailpoint } from '#failpoints';
import { type Database, statement } from '#database';
import {
  type ConfirmPublisher,
  isPermanent,
  partitionForSlot,
  partitionQueue,
  type DeadLetterReplay,
  replayPublication,
} from '#messaging';
import { type Log } from '#observability';

// A lease is nothing but the replay put off: should this process vanish, another one takes over then. Bodies may be
// megabytes, so no more of them are taken than fit.
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

// Not one that has failed again meanwhile, and is open, or is even being sent once more.
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

/** Dead letters sent at once, and the pause after that: some 400 a second, beside what else the consumers do. */
const BATCH_SIZE_MAX = 100;
const PAUSE_MS = 250;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;
const POLL_MS = 500;
/** Longer than a confirm may take. */
const LEASE_MS = 40_000;
const RETRY_DELAY_MS = 5_000;

export interface ReplayerOptions {
  readonly service: Service;
  /** As whom the service publishes. */
  readonly brokerUser: string;
  readonly database: Database;
  /** On a channel of its own: what is sent again may be what the broker complains of. */
  readonly publisher: ConfirmPublisher;
  readonly subscriptions: readonly Subscription[];
  /** Queues per consumer, as they were provisioned. */
  readonly partitions: number;
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
 * Sends dead letters again that an operator wants sent, from the service that could not handle them to its own queue.
 * At least once: killed between the broker's confirm and its mark, the next process sends it again, and the inbox
 * recognises the second copy. Any number of replicas may run one.
 */
export class Replayer implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: ReplayerOptions) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Finishes the batch in hand. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (await this.options.publisher.whenAvailable(signal)) {
      const sent = await this.sendBatch().catch((err: unknown) => {
        this.options.log.warn({ err }, 'dead letters not replayed; retrying');
        return 0;
      });
      await delay(sent === 0 ? POLL_MS : PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** @returns how many were leased */
  private async sendBatch(): Promise<number> {
    const { database } = this.options;
    const leased = await database.query<LeasedDeadLetter>(LEASE, [BATCH_SIZE_MAX, LEASE_MS, BATCH_BYTES_MAX]);
    // Older first, so that the messages of one order keep their order.
    const inOrder = leased.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const outcomes = await Promise.all(inOrder.map((letter) => this.send(letter)));
    const sent = inOrder.filter((_, index) => outcomes[index]);
    if (sent.length > 0) {
      hitFailpoint('replayer.after-confirm');
      await database.query(MARK_SENT, [JSON.stringify(sent.map(({ id, replays }) => ({ id, replays })))]);
      this.options.log.info({ messages: sent.length }, 'dead letters replayed');
    }
    return leased.length;
  }

  /** False when it was not sent, or nobody knows. */
  private async send(letter: LeasedDeadLetter): Promise<boolean> {
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

  /** Its consumer's partition as there are partitions now: its own queue, unless their number has changed. */
  private targetQueue({ queue, routingKey }: LeasedDeadLetter): string {
    const { subscriptions, partitions } = this.options;
    const subscription = subscriptions.find(({ consumer }) => queue.startsWith(`${consumer}.`));
    if (!subscription) throw new NoConsumerError(`${queue} is no queue of a consumer of this service`);
    const slot = /\.(\d{1,2})$/.exec(routingKey)?.[1] ?? /\.(\d{1,2})$/.exec(queue)?.[1] ?? '0';
    return partitionQueue(subscription.consumer, partitionForSlot(Number(slot), partitions));
  }
}

/** The consumer it was for is no more. */
class NoConsumerError extends Error {
  override readonly name = 'NoConsumerError';
  readonly permanent = true;
}
