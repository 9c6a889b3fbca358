import { type ChannelModel, type ConfirmChannel, IllegalOperationError } from 'amqplib';
import { hitFailpoint } from '#failpoints';
import type { BrokerConnection } from '../amqp/connection.js';
import type { Publication } from './publication.js';
import { PUBLISHED_AT_HEADER } from '../provenance.js';
import {
  BrokerUnavailableError,
  ConfirmTimeoutError,
  PublishOutcomeUnknownError,
  PublishNackedError,
  UnpublishableError,
} from '../errors.js';
import { isSampled, type Log } from '#observability';
import { traceSend } from '../tracing/publish-spans.js';

/** A confirm that takes longer leaves the outcome unknown. */
const CONFIRM_TIMEOUT_MS = 30_000;

/** The message of amqplib's error for a nack; its error for a closed channel has another message. */
const AMQPLIB_NACK_MESSAGE = 'message nacked';

/** A channel, and the broker's error once the broker has closed it. */
interface OpenChannel {
  readonly channel: ConfirmChannel;
  closeReason?: Error;
}

/**
 * Publishes with RabbitMQ's publisher confirms, pipelined: the number of publications in flight has no bound here, the
 * caller sets one. When a publication resolves, a majority of replicas of every queue that it was routed to has stored it.
 *
 * Each publisher has its own channel: one invalid message makes the broker close the channel, and then the outcome of
 * every publication in flight on it is unknown. The publisher opens a new channel after each close and each reconnect.
 */
export class ConfirmPublisher {
  private openChannel: OpenChannel | undefined;
  private availableWaiters: (() => void)[] = [];

  constructor(
    private readonly connection: BrokerConnection,
    private readonly log: Log,
  ) {
    connection.onConnected((model) => void this.open(model));
    connection.onStateChange((state) => {
      if (state === 'disconnected') this.openChannel = undefined;
      if (this.isAvailable) this.notifyAvailable();
    });
  }

  /** False while disconnected, without a channel, or blocked by a memory or disk alarm of the broker. */
  get isAvailable(): boolean {
    return this.openChannel !== undefined && this.connection.state === 'connected';
  }

  /** Resolves to true when the publisher is available, or to false when `signal` is aborted first. Never rejects. */
  whenAvailable(signal: AbortSignal): Promise<boolean> {
    if (this.isAvailable || signal.aborted) return Promise.resolve(!signal.aborted);
    return new Promise((resolve) => {
      const onAbort = (): void => resolve(false);
      signal.addEventListener('abort', onAbort, { once: true });
      this.availableWaiters.push(() => {
        signal.removeEventListener('abort', onAbort);
        resolve(true);
      });
    });
  }

  /**
   * Resolves when the broker confirms the message. Sets its header `x-published-at`, and those of its trace.
   *
   * @throws PublishNackedError when the broker rejects the message: publish it again later
   * @throws PublishOutcomeUnknownError when the channel closes, or, as a ConfirmTimeoutError, when no confirm arrives within
   *   30 s: publish it again under the same id
   * @throws BrokerUnavailableError when the publisher is not available; nothing was sent
   * @throws UnpublishableError when AMQP cannot encode the message; nothing was sent
   */
  publish(publication: Publication): Promise<void> {
    const { parent } = publication;
    return parent && isSampled(parent)
      ? traceSend(publication, parent, (traced) => this.send(traced))
      : this.send(publication);
  }

  private send({ exchange, routingKey, body, properties }: Publication): Promise<void> {
    const { openChannel } = this;
    if (!openChannel || !this.isAvailable)
      return Promise.reject(new BrokerUnavailableError('the broker connection is closed or blocked'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new ConfirmTimeoutError(`no confirm within ${CONFIRM_TIMEOUT_MS} ms`));
      }, CONFIRM_TIMEOUT_MS);
      const onConfirm = (error: Error | null): void => {
        hitFailpoint('relay.after-publish');
        clearTimeout(timer);
        if (error) reject(toPublishError(error, openChannel.closeReason));
        else resolve();
      };
      try {
        const given = properties.headers as object | undefined;
        const headers = { ...given, [PUBLISHED_AT_HEADER]: Date.now() };
        openChannel.channel.publish(exchange, routingKey, body, { ...properties, headers }, onConfirm);
      } catch (error) {
        clearTimeout(timer);
        reject(toSendError(error as Error));
      }
    });
  }

  private async open(model: ChannelModel): Promise<void> {
    try {
      const openChannel: OpenChannel = { channel: await model.createConfirmChannel() };
      openChannel.channel.on('error', (error: Error) => {
        openChannel.closeReason = error;
        this.log.warn({ err: error }, 'publishing channel failed');
      });
      openChannel.channel.on('close', () => this.reopen(model, openChannel));
      this.openChannel = openChannel;
      if (this.isAvailable) this.notifyAvailable();
    } catch (error) {
      // The connection was lost while the channel opened; the next connection opens another.
      this.log.debug({ err: error }, 'publishing channel not opened');
    }
  }

  /** A 403, 404 or 406 closes the channel but not the connection: no reconnect would open it again. */
  private reopen(model: ChannelModel, closed: OpenChannel): void {
    if (this.openChannel !== closed) return;
    this.openChannel = undefined;
    if (this.connection.isCurrent(model)) void this.open(model);
  }

  private notifyAvailable(): void {
    for (const resolve of this.availableWaiters.splice(0)) resolve();
  }
}

function toPublishError(error: Error, closeReason: Error | undefined): Error {
  if (error.message === AMQPLIB_NACK_MESSAGE) return new PublishNackedError('the broker nacked the message');
  return new PublishOutcomeUnknownError(closeReason?.message ?? error.message, { cause: closeReason });
}

function toSendError(error: Error): Error {
  return error instanceof IllegalOperationError
    ? new BrokerUnavailableError('the channel is closing', { cause: error })
    : new UnpublishableError(error.message, { cause: error });
}
