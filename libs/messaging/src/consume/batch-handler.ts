import type { Service, Subscription } from '#contracts';
import { hitFailpoint } from '#failpoints';
import { type Database, isPermanent, type Transaction } from '#database';
import { EveryItemFailedError, settleBatch, type Settled } from '#concurrency';
import type { HandleDeliveries } from './batch-loop.js';
import { type BatchPart, CRASHES_MAX, type CrashMarks } from './crash-marks.js';
import { messageRetried } from './consumer-diagnostics.js';
import {
  type AddDeadLetters,
  type DeadLetter,
  buildDeadLetter,
  logDeadLetters,
  deadLetterReason,
} from './dead-letter.js';
import { type BrokerUsers, createDecoder } from './decode.js';
import type { Delivery } from '../subscribe/delivery.js';
import type { EventMessage } from '../event-message.js';
import type { Log } from '#observability';
import type { ConfirmPublisher } from '../publish/confirm-publisher.js';
import type { Publication } from '../publish/publication.js';
import { ATTEMPTS_MAX, RetryPublisher, retryPublication, retryStep } from './retry.js';
import { readOrigin } from '../provenance.js';
import { recordFailures, settleTraced } from '../tracing/settle-traced.js';

/** The context of one batch, `@Ctx()` of a {@link HandleBatch}. */
export interface BatchContext {
  /** The batch's transaction. All changes of the batch belong in it. */
  readonly tx: Transaction;
  /** The consumer's name: the inbox records handled messages under it. */
  readonly consumer: string;
}

/**
 * Handles the messages of a batch, in the order of arrival. A rejection rolls back the transaction, and each message is
 * then handled in a transaction alone.
 */
export type HandleBatch = (messages: readonly EventMessage[], context: BatchContext) => Promise<void>;

export interface BatchHandlerOptions {
  /** The events that the consumer accepts. Required. */
  readonly subscription: Subscription;
  /** The broker user from which each service's events are accepted. Required. */
  readonly brokerUsers: BrokerUsers;
  /** The service's database. Required. */
  readonly database: Database;
  /** Publishes retries. Required. */
  readonly publisher: ConfirmPublisher;
  /** Stores dead letters. Required. */
  readonly addDeadLetters: AddDeadLetters;
  /** Finds messages that end the process. Required; the same for all consumers of the process. */
  readonly crashMarks: CrashMarks;
  /** Handles valid messages. Required. */
  readonly handle: HandleBatch;
  /** Receives retries and dead letters. Required. */
  readonly log: Log;
}

/**
 * How long, in ms, a message that is alone in its batch pauses the consumer with an unclear error, such as a statement
 * timeout. Then it counts as at fault, although no other message has succeeded, so that its order makes progress.
 */
const LONE_PAUSE_MAX_MS = 5 * 60_000;

/** A delivery with its validated message, or with the error that rejected it. */
type Decoded =
  | { readonly delivery: Delivery; readonly message: EventMessage }
  | { readonly delivery: Delivery; readonly rejection: unknown };

type OnProcessed = Parameters<HandleDeliveries>[1];

/** A delivery whose transaction alone failed. */
interface FailedDelivery {
  readonly delivery: Delivery;
  readonly error: unknown;
}

/**
 * Processes a batch of deliveries in one transaction: the consumer handles the valid messages, and invalid ones become dead
 * letters. If the transaction fails, each delivery runs in its own transaction. One that fails alone is published to a
 * delay queue, or becomes a dead letter: when its error is permanent, or after {@link ATTEMPTS_MAX} attempts. While all
 * fail alike, the system is at fault (see `settleBatch`), and no attempt is counted. A message that ends the process again and
 * again becomes a dead letter too, see {@link CrashMarks}.
 */
export class BatchHandler {
  private readonly decode: (delivery: Delivery) => EventMessage;
  private readonly service: Service;
  private readonly ownUser: string;
  private readonly retries: RetryPublisher;
  /** Repetitions of the batch in which every message failed alike. */
  private repetitions = 0;
  private firstFailedAt = 0;

  constructor(private readonly options: BatchHandlerOptions) {
    this.decode = createDecoder(options.subscription, options.brokerUsers);
    this.service = options.subscription.service;
    this.ownUser = options.brokerUsers[this.service];
    this.retries = new RetryPublisher(options.publisher);
  }

  /**
   * Resolves when every delivery may be acknowledged, and calls `onProcessed` for those that may be earlier. Rejects when
   * the database or the broker is unavailable, or with EveryItemFailedError; the caller then passes the others again, and no
   * attempt is counted.
   */
  async process(deliveries: readonly Delivery[], onProcessed: OnProcessed): Promise<void> {
    const suspects: FailedDelivery[] = [];
    let pause: EveryItemFailedError | undefined;
    for (const part of await this.options.crashMarks.split(deliveries)) {
      const failure = await this.runPart(part, onProcessed);
      if (failure) {
        pause ??= failure;
        suspects.push(...part.deliveries.map((delivery) => ({ delivery, error: failure.cause })));
        continue;
      }
      onProcessed(part.deliveries);
      // A later part succeeds, so the messages of the earlier ones are at fault, and not the system.
      if (suspects.length > 0) await this.endFailed(suspects.splice(0), onProcessed);
    }
    if (pause && suspects.length > 0) throw pause;
  }

  /** Resolves to the error when every message of the part failed alike. */
  private async runPart(
    part: BatchPart,
    onProcessed: OnProcessed,
  ): Promise<EveryItemFailedError | undefined> {
    const { crashMarks } = this.options;
    try {
      if (part.crashes >= CRASHES_MAX) await this.giveUp(part.deliveries);
      else await crashMarks.run(part, () => this.processPart(part.deliveries, onProcessed));
      return undefined;
    } catch (error) {
      if (error instanceof EveryItemFailedError) return error;
      throw error;
    }
  }

  private async processPart(deliveries: readonly Delivery[], onProcessed: OnProcessed): Promise<void> {
    const decoded = deliveries.map((delivery) => this.tryDecode(delivery));
    const { consumer } = this.options.subscription;
    const settled = await settleTraced(consumer, decoded, (items) => this.settleDecoded(items));
    const failed = settled.flatMap((outcome, index) =>
      'error' in outcome ? [{ delivery: decoded[index]!.delivery, error: outcome.error }] : [],
    );
    if (failed.length === 0) return;
    const failedDeliveries = new Set(failed.map(({ delivery }) => delivery));
    onProcessed(deliveries.filter((delivery) => !failedDeliveries.has(delivery)));
    await this.endFailed(failed, onProcessed);
  }

  /** Retries or dead-letters failed messages. Rejects when a retry is not confirmed; the others are processed. */
  private async endFailed(failed: readonly FailedDelivery[], onProcessed: OnProcessed): Promise<void> {
    const unconfirmed = await this.retryOrDeadLetter(failed);
    const [publishError] = unconfirmed.values();
    const deliveries = failed.map(({ delivery }) => delivery);
    onProcessed(deliveries.filter((delivery) => !unconfirmed.has(delivery)));
    if (publishError) throw publishError;
  }

  private async settleDecoded(decoded: readonly Decoded[]): Promise<Settled<null>[]> {
    const pausedMs = this.repetitions > 0 ? performance.now() - this.firstFailedAt : 0;
    try {
      const settled = await settleBatch(decoded, (items) => this.handleInTransaction(items), {
        firstAlone: this.repetitions,
        // A message that is retried or replayed failed while other messages succeeded.
        isKnownAtFault: ({ delivery }) =>
          readOrigin(delivery, this.ownUser).attempt > 1 ||
          (decoded.length === 1 && pausedMs > LONE_PAUSE_MAX_MS),
      });
      this.repetitions = 0;
      return settled;
    } catch (error) {
      if (error instanceof EveryItemFailedError) {
        if (this.repetitions === 0) this.firstFailedAt = performance.now();
        this.repetitions += 1;
      }
      throw error;
    }
  }

  private tryDecode(delivery: Delivery): Decoded {
    try {
      return { delivery, message: this.decode(delivery) };
    } catch (rejection) {
      return { delivery, rejection };
    }
  }

  private async handleInTransaction(items: readonly Decoded[]): Promise<null[]> {
    const { database, handle, subscription, crashMarks } = this.options;
    await database.transaction(async (tx) => {
      const rejected = items.flatMap((item) =>
        'rejection' in item ? [this.buildDeadLetter(item.delivery, item.rejection)] : [],
      );
      if (rejected.length > 0) await this.addDeadLetters(tx, rejected);
      const messages = items.flatMap((item) => ('message' in item ? [item.message] : []));
      if (messages.length > 0) await handle(messages, { tx, consumer: subscription.consumer });
      await crashMarks.remove(
        tx,
        items.map(({ delivery }) => delivery),
      );
      hitFailpoint('consumer.before-commit', messages);
    });
    return items.map(() => null);
  }

  /**
   * Publishes failed messages to delay queues, and stores the dead letters of those without another attempt.
   *
   * @returns the deliveries whose retry is not confirmed, with the error
   */
  private async retryOrDeadLetter(failed: readonly FailedDelivery[]): Promise<Map<Delivery, Error>> {
    const letters: DeadLetter[] = [];
    const retried: { failure: FailedDelivery; retry: Publication }[] = [];
    for (const failure of failed) {
      const { delivery, error } = failure;
      const retry = retryPublication(this.service, this.ownUser, delivery.queue, delivery);
      if (isPermanent(error)) letters.push(this.buildDeadLetter(delivery, error));
      else if (!retry) letters.push(this.buildDeadLetter(delivery, error, 'attempts_exhausted'));
      else retried.push({ failure, retry });
    }
    const publishErrors = await this.retries.publishAll(retried.map(({ retry }) => retry));
    const unconfirmed = new Map<Delivery, Error>();
    for (const [index, { failure }] of retried.entries()) {
      const publishError = publishErrors[index];
      if (!publishError) this.logRetry(failure);
      else if (isPermanent(publishError)) letters.push(this.buildDeadLetter(failure.delivery, failure.error));
      else unconfirmed.set(failure.delivery, publishError);
    }
    const done = failed.map(({ delivery }) => delivery).filter((delivery) => !unconfirmed.has(delivery));
    await this.storeDeadLetters(letters, done);
    return unconfirmed;
  }

  /** Stores the dead letters of messages at which {@link CRASHES_MAX} processes ended. */
  private async giveUp(deliveries: readonly Delivery[]): Promise<void> {
    const letters = deliveries.map((delivery) =>
      this.buildDeadLetter(delivery, new ConsumerCrashedError(), 'consumer_crashed'),
    );
    await this.storeDeadLetters(letters, deliveries);
    recordFailures(this.options.subscription.consumer, deliveries, 'consumer_crashed');
  }

  /** Stores `letters` and removes the crash marks of `done`, in one transaction. */
  private async storeDeadLetters(letters: readonly DeadLetter[], done: readonly Delivery[]): Promise<void> {
    const { database, crashMarks } = this.options;
    if (letters.length > 0) {
      await database.transaction(async (tx) => {
        await this.addDeadLetters(tx, letters);
        await crashMarks.remove(tx, done);
      });
    } else await crashMarks.remove(database, done);
  }

  private logRetry({ delivery, error }: FailedDelivery): void {
    const origin = readOrigin(delivery, this.ownUser);
    const { attempt } = origin;
    messageRetried.publish({
      consumer: this.options.subscription.consumer,
      step: retryStep(origin) ?? '',
    });
    const { queue } = delivery;
    const messageId: unknown = delivery.properties.messageId;
    this.options.log.warn(
      { err: error, queue, messageId, attempt, attemptsMax: ATTEMPTS_MAX },
      'message failed; retry scheduled',
    );
  }

  private buildDeadLetter(
    delivery: Delivery,
    error: unknown,
    failureReason = deadLetterReason(error),
  ): DeadLetter {
    return buildDeadLetter(
      delivery.queue,
      delivery,
      readOrigin(delivery, this.ownUser),
      failureReason,
      error,
    );
  }

  private async addDeadLetters(tx: Transaction, letters: readonly DeadLetter[]): Promise<void> {
    await this.options.addDeadLetters(tx, letters);
    tx.onCommit(() => logDeadLetters(this.options.log, letters));
  }
}

/** The cause of a dead letter whose message ended its process at every attempt. */
class ConsumerCrashedError extends Error {
  override readonly name = 'ConsumerCrashedError';

  constructor() {
    super(
      `the process ended ${CRASHES_MAX} times while it handled this message; correct the consumer before a replay`,
    );
    delete this.stack; // no stack of the crash
  }
}
