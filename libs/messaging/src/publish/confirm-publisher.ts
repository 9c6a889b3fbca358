import { type ChannelModel, type ConfirmChannel, IllegalOperationError, type Options } from 'amqplib';
import { hitFailpoint } from '#failpoints';
import type { BrokerConnection } from '../amqp/connection.js';
import {
  BrokerUnavailableError,
  PublishOutcomeUnknownError,
  PublishNackedError,
  UnpublishableError,
} from '../errors.js';
import type { Log } from '#observability';

export interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly properties: Options.Publish;
}

const CONFIRM_TIMEOUT_MS = 30_000;

/** What amqplib's confirm callback says of a nack; a closed channel it reports in other words. */
const AMQPLIB_NACK_MESSAGE = 'message nacked';

/** A channel, and the broker's reason once it has closed it. */
interface OpenChannel {
  readonly channel: ConfirmChannel;
  closeReason?: Error;
}

/**
 * Publishes with confirms, pipelined: any number may be in flight, and the caller bounds them. A publication that
 * resolved has been stored by every queue it was routed to, on a majority of its replicas.
 *
 * It has a channel of its own, because the broker closes a channel with everything in flight on it when one message
 * is wrong. It brings back the channel by itself.
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

  /** False while disconnected, or while the broker, in a memory or disk alarm, has blocked us. */
  get isAvailable(): boolean {
    return this.openChannel !== undefined && this.connection.state === 'connected';
  }

  /** Resolves to true as soon as publishing is possible, or to false when `signal` is aborted first. */
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
   * Resolves when the broker has confirmed.
   *
   * @throws PublishNackedError the broker did not take it
   * @throws PublishOutcomeUnknownError the channel died, or the confirm did not come: send again under the same id
   * @throws BrokerUnavailableError nothing was sent
   * @throws UnpublishableError nothing was sent, and never will be
   */
  publish({ exchange, routingKey, body, properties }: Publication): Promise<void> {
    const { openChannel } = this;
    if (!openChannel || !this.isAvailable)
      return Promise.reject(new BrokerUnavailableError('the broker cannot take messages'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new PublishOutcomeUnknownError(`no confirm within ${CONFIRM_TIMEOUT_MS} ms`));
      }, CONFIRM_TIMEOUT_MS);
      const onConfirm = (error: Error | null): void => {
        hitFailpoint('relay.after-publish');
        clearTimeout(timer);
        if (error) reject(toPublishError(error, openChannel.closeReason));
        else resolve();
      };
      try {
        openChannel.channel.publish(exchange, routingKey, body, properties, onConfirm);
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
      // The connection went away while the channel was being opened; the next one brings a new channel.
      this.log.debug({ err: error }, 'publishing channel not opened');
    }
  }

  /** A 403, 404 or 406 closes the channel alone, and nothing else would bring it back. */
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
  if (error.message === AMQPLIB_NACK_MESSAGE)
    return new PublishNackedError('the broker refused the message (nack)');
  return new PublishOutcomeUnknownError(closeReason?.message ?? error.message, { cause: closeReason });
}

function toSendError(error: Error): Error {
  return error instanceof IllegalOperationError
    ? new BrokerUnavailableError('the channel is closing', { cause: error })
    : new UnpublishableError(error.message, { cause: error });
}
