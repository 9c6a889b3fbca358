import type { Service, Subscription } from '#contracts';
import { hitFailpoint } from '#failpoints';
import { type Database, isPermanent, type Transaction } from '#database';
import { EveryItemFailedError, settleBatch, type Settled } from '#concurrency';
import { messageRetried } from './consumer-diagnostics.js';
import {
  type AddDeadLetters,
  type DeadLetter,
  buildDeadLetter,
  logDeadLetters,
  deadLetterReason,
} from './dead-letter.js';
import type { BrokerUsers } from './decode.js';
import { createDecoder } from './decode.js';
import type { Delivery } from '../subscribe/delivery.js';
import type { EventMessage } from '../event-message.js';
import type { Log } from '#observability';
import type { ConfirmPublisher } from '../publish/confirm-publisher.js';
import { ATTEMPTS_MAX, retryPublication } from './retry.js';
import { readOrigin } from '../provenance.js';

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
  /** Handles valid messages. Required. */
  readonly handle: HandleBatch;
  /** Receives retries and dead letters. Required. */
  readonly log: Log;
}

/**
 * How long, in ms, a message that is alone in its batch pauses the consumer with an unclear error, such as a statement
 * timeout. Then it counts as at fault, although no neighbour has proved it, so that its own order makes progress.
 */
const LONE_PAUSE_MAX_MS = 5 * 60_000;

/** A delivery with its validated message, or with the error that rejected it. */
type Decoded =
  | { readonly delivery: Delivery; readonly message: EventMessage }
  | { readonly delivery: Delivery; readonly rejection: unknown };

/**
 * Settles a batch of deliveries in one transaction: the consumer handles the valid messages, and invalid ones become dead
 * letters. If the transaction fails, each delivery runs in its own transaction. One that fails alone is published to a
 * delay queue, or becomes a dead letter: when its error is permanent, or after {@link ATTEMPTS_MAX} attempts. While all
 * fail alike, the system is at fault (see `settleBatch`), and no attempt is counted.
 */
export class BatchHandler {
  private readonly decode: (delivery: Delivery) => EventMessage;
  private readonly service: Service;
  private readonly ownUser: string;
  /** Repetitions of the batch in which every message failed alike. */
  private repetitions = 0;
  private firstFailedAt = 0;

  constructor(private readonly options: BatchHandlerOptions) {
    this.decode = createDecoder(options.subscription, options.brokerUsers);
    this.service = options.subscription.service;
    this.ownUser = options.brokerUsers[this.service];
  }

  /**
   * Resolves when every delivery may be acknowledged. Rejects when the database or the broker is unavailable, or with
   * EveryItemFailedError; the caller then settles the same deliveries again, and no attempt is counted.
   */
  async settle(deliveries: readonly Delivery[]): Promise<void> {
    const decoded = deliveries.map((delivery) => this.tryDecode(delivery));
    const settled = await this.settleDecoded(decoded);
    const deadLetters: DeadLetter[] = [];
    for (const [index, outcome] of settled.entries()) {
      const item = decoded[index];
      if (!item || 'value' in outcome) continue;
      const deadLetter = await this.retryOrDeadLetter(item.delivery, outcome.error);
      if (deadLetter) deadLetters.push(deadLetter);
    }
    if (deadLetters.length > 0) {
      await this.options.database.transaction((tx) => this.addDeadLetters(tx, deadLetters));
    }
  }

  private async settleDecoded(decoded: readonly Decoded[]): Promise<Settled<null>[]> {
    const pausedMs = this.repetitions > 0 ? performance.now() - this.firstFailedAt : 0;
    try {
      const settled = await settleBatch(decoded, (items) => this.handleInTransaction(items), {
        firstAlone: this.repetitions,
        isLoneItemAtFault: pausedMs > LONE_PAUSE_MAX_MS,
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
    const { database, handle, subscription } = this.options;
    await database.transaction(async (tx) => {
      const rejected = items.flatMap((item) =>
        'rejection' in item ? [this.buildDeadLetter(item.delivery, item.rejection)] : [],
      );
      if (rejected.length > 0) await this.addDeadLetters(tx, rejected);
      const messages = items.flatMap((item) => ('message' in item ? [item.message] : []));
      if (messages.length > 0) await handle(messages, { tx, consumer: subscription.consumer });
      hitFailpoint('consumer.before-commit', messages);
    });
    return items.map(() => null);
  }

  /** Publishes a failed message to a delay queue, or returns its dead letter. */
  private async retryOrDeadLetter(delivery: Delivery, error: unknown): Promise<DeadLetter | undefined> {
    const { publisher, log } = this.options;
    const { queue } = delivery;
    if (isPermanent(error)) return this.buildDeadLetter(delivery, error);
    const retry = retryPublication(this.service, this.ownUser, queue, delivery);
    if (!retry) return this.buildDeadLetter(delivery, error, 'attempts_exhausted');
    try {
      await publisher.publish(retry);
    } catch (publishError) {
      if (isPermanent(publishError)) return this.buildDeadLetter(delivery, error);
      throw publishError;
    }
    messageRetried.publish({ consumer: this.options.subscription.consumer });
    const messageId: unknown = delivery.properties.messageId;
    const { attempt } = readOrigin(delivery, this.ownUser);
    log.warn(
      { err: error, queue, messageId, attempt, attemptsMax: ATTEMPTS_MAX },
      'message failed; retry scheduled',
    );
    return undefined;
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
