import type { Service, Subscription } from '#contracts';
import { crashPoint } from '#failpoints';
import { type Database, type Transaction } from '#database';
import { settleBatch } from '#concurrency';
import { messageRetried } from './consumer-diagnostics.js';
import {
  type AddDeadLetters,
  type DeadLetter,
  deadLetterOf,
  logDeadLetters,
  reasonOf,
} from './dead-letter.js';
import type { BrokerUsers } from './decode.js';
import { decoder } from './decode.js';
import type { Delivery } from '../subscribe/delivery.js';
import type { EventMessage } from '../event-message.js';
import { isPermanent } from '../errors.js';
import type { MessagingLog } from '#observability';
import type { ConfirmPublisher } from '../publish/confirm-publisher.js';
import { ATTEMPTS_MAX, retryPublication } from './retry.js';
import { originOf } from '../provenance.js';

/** What a consumer gets with its batch. */
export interface BatchContext {
  /** The batch's transaction: everything the batch changes, changes in it. */
  readonly tx: Transaction;
  /** The consumer's name, under which its inbox keeps what it has handled. */
  readonly consumer: string;
}

export type HandleBatch = (messages: readonly EventMessage[], context: BatchContext) => Promise<void>;

export interface BatchHandlerOptions {
  readonly subscription: Subscription;
  readonly brokerUsers: BrokerUsers;
  readonly database: Database;
  readonly publisher: ConfirmPublisher;
  readonly addDeadLetters: AddDeadLetters;
  readonly handle: HandleBatch;
  readonly log: MessagingLog;
}

/** A delivery, and what we know of it before anybody has acted: a message, or why it is none. */
type Judged =
  | { readonly delivery: Delivery; readonly message: EventMessage }
  | { readonly delivery: Delivery; readonly rejection: unknown };

/**
 * Settles a batch of deliveries: valid messages are handed to the consumer and invalid ones become dead letters, all
 * in one transaction. When that fails, each runs alone; one that fails alone is sent to a delay queue, or becomes a
 * dead letter when trying again cannot help or has been tried often enough.
 */
export class BatchHandler {
  private readonly decode: (delivery: Delivery) => EventMessage;
  private readonly service: Service;
  private readonly ownUser: string;

  constructor(private readonly options: BatchHandlerOptions) {
    this.decode = decoder(options.subscription, options.brokerUsers);
    this.service = options.subscription.service;
    this.ownUser = options.brokerUsers[this.service];
  }

  /** Resolves when every delivery may be acknowledged; rejects when the database or the broker is away. */
  async settle(deliveries: readonly Delivery[]): Promise<void> {
    const judged = deliveries.map((delivery) => this.judge(delivery));
    const settled = await settleBatch(judged, (items) => this.runTogether(items));
    const deadLetters: DeadLetter[] = [];
    for (const [index, outcome] of settled.entries()) {
      const item = judged[index];
      if (!item || 'value' in outcome) continue;
      const deadLetter = await this.recover(item.delivery, outcome.error);
      if (deadLetter) deadLetters.push(deadLetter);
    }
    if (deadLetters.length > 0) {
      await this.options.database.transaction((tx) => this.addDeadLetters(tx, deadLetters));
    }
  }

  private judge(delivery: Delivery): Judged {
    try {
      return { delivery, message: this.decode(delivery) };
    } catch (rejection) {
      return { delivery, rejection };
    }
  }

  private async runTogether(items: readonly Judged[]): Promise<null[]> {
    const { database, handle, subscription } = this.options;
    await database.transaction(async (tx) => {
      const rejected = items.flatMap((item) =>
        'rejection' in item ? [this.deadLetterOf(item.delivery, item.rejection)] : [],
      );
      if (rejected.length > 0) await this.addDeadLetters(tx, rejected);
      const messages = items.flatMap((item) => ('message' in item ? [item.message] : []));
      if (messages.length > 0) await handle(messages, { tx, consumer: subscription.consumer });
      crashPoint('consumer: before commit', messages);
    });
    return items.map(() => null);
  }

  /** Sends a failed message on its way to another attempt, or says what dead letter it has become. */
  private async recover(delivery: Delivery, error: unknown): Promise<DeadLetter | undefined> {
    const { publisher, log } = this.options;
    const { queue } = delivery;
    if (isPermanent(error)) return this.deadLetterOf(delivery, error);
    const retry = retryPublication(this.service, this.ownUser, queue, delivery);
    if (!retry) return this.deadLetterOf(delivery, error, 'attempts_exhausted');
    try {
      await publisher.publish(retry);
    } catch (publishError) {
      if (isPermanent(publishError)) return this.deadLetterOf(delivery, error);
      throw publishError;
    }
    messageRetried.send({ consumer: this.options.subscription.consumer });
    const messageId: unknown = delivery.properties.messageId;
    const { attempt } = originOf(delivery, this.ownUser);
    log.warn(
      { err: error, queue, messageId, attempt, attemptsMax: ATTEMPTS_MAX },
      'message failed; it will be tried again',
    );
    return undefined;
  }

  private deadLetterOf(delivery: Delivery, error: unknown, reason = reasonOf(error)): DeadLetter {
    return deadLetterOf(delivery.queue, delivery, originOf(delivery, this.ownUser), reason, error);
  }

  private async addDeadLetters(tx: Transaction, letters: readonly DeadLetter[]): Promise<void> {
    await this.options.addDeadLetters(tx, letters);
    tx.onCommit(() => logDeadLetters(this.options.log, letters));
  }
}
