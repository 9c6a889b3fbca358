import { type ChannelModel, type ConfirmChannel, IllegalOperationError, type Options } from 'amqplib';
import { crashPoint } from '#failpoints';
import { ConfirmWaits } from './confirm-timeouts.js';
import type { BrokerConnection } from '../amqp/connection.js';
import { BrokerUnavailable, PublishOutcomeUnknown, PublishRefused, Unpublishable } from '../errors.js';
import type { MessagingLog } from '#observability';

export interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly properties: Options.Publish;
}

/** What amqplib's confirm callback says of a nack; a closed channel it reports in other words. */
const NACKED = 'message nacked';

/** A channel, and the broker's reason once it has closed it. */
interface Lane {
  readonly channel: ConfirmChannel;
  complaint?: Error;
}

/**
 * Publishes with confirms, pipelined: any number may be in flight, and the caller bounds them. A publication that
 * resolved has been stored by every queue it was routed to, on a majority of its replicas.
 *
 * It has a channel of its own, because the broker closes a channel with everything in flight on it when one message
 * is wrong. It brings back the channel by itself.
 */
export class ConfirmPublisher {
  private lane: Lane | undefined;
  private readonly waits = new ConfirmWaits();
  private availableWaiters: (() => void)[] = [];

  constructor(
    private readonly connection: BrokerConnection,
    private readonly log: MessagingLog,
  ) {
    connection.onConnected((model) => void this.open(model));
    connection.onState((state) => {
      if (state === 'disconnected') this.lane = undefined;
      if (this.available) this.announceAvailable();
    });
  }

  /** False while disconnected, or while the broker, in a memory or disk alarm, has blocked us. */
  get available(): boolean {
    return this.lane !== undefined && this.connection.state === 'connected';
  }

  /** Resolves to true as soon as publishing is possible, or to false when `signal` is aborted first. */
  whenAvailable(signal: AbortSignal): Promise<boolean> {
    if (this.available || signal.aborted) return Promise.resolve(!signal.aborted);
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
   * @throws PublishRefused the broker did not take it
   * @throws PublishOutcomeUnknown the channel died, or the confirm did not come: send again under the same id
   * @throws BrokerUnavailable nothing was sent
   * @throws Unpublishable nothing was sent, and never will be
   */
  publish({ exchange, routingKey, body, properties }: Publication): Promise<void> {
    const { lane } = this;
    if (!lane || !this.available)
      return Promise.reject(new BrokerUnavailable('the broker cannot take messages'));
    return new Promise((resolve, reject) => {
      const wait = this.waits.begin(reject);
      const onConfirm = (error: Error | null): void => {
        crashPoint('relay: after publish, before its confirm is seen');
        this.waits.end(wait);
        if (error) reject(outcomeOf(error, lane.complaint));
        else resolve();
      };
      try {
        lane.channel.publish(exchange, routingKey, body, properties, onConfirm);
      } catch (error) {
        this.waits.end(wait);
        reject(notSent(error as Error));
      }
    });
  }

  private async open(model: ChannelModel): Promise<void> {
    try {
      const lane: Lane = { channel: await model.createConfirmChannel() };
      lane.channel.on('error', (error: Error) => {
        lane.complaint = error;
        this.log.warn({ err: error }, 'publishing channel failed');
      });
      lane.channel.on('close', () => this.reopen(model, lane));
      this.lane = lane;
      if (this.available) this.announceAvailable();
    } catch (error) {
      // The connection went away while the channel was being opened; the next one brings a new channel.
      this.log.debug({ err: error }, 'publishing channel not opened');
    }
  }

  /** A 403, 404 or 406 closes the channel alone, and nothing else would bring it back. */
  private reopen(model: ChannelModel, closed: Lane): void {
    if (this.lane !== closed) return;
    this.lane = undefined;
    if (this.connection.state !== 'disconnected') void this.open(model);
  }

  private announceAvailable(): void {
    for (const resolve of this.availableWaiters.splice(0)) resolve();
  }
}

function outcomeOf(error: Error, complaint: Error | undefined): Error {
  if (error.message === NACKED) return new PublishRefused('the broker refused the message (nack)');
  return new PublishOutcomeUnknown(complaint?.message ?? error.message, { cause: complaint });
}

function notSent(error: Error): Error {
  return error instanceof IllegalOperationError
    ? new BrokerUnavailable('the channel is closing', { cause: error })
    : new Unpublishable(error.message, { cause: error });
}
