import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { connect, type ChannelModel, type RecoveringChannelModel } from 'amqplib';
import { coalesceWrites } from '#database';
import type { Log } from '#observability';
import { BrokerUnavailableError } from '../errors.js';
import { brokerUrlOptions } from './broker-url.js';
import { within } from './within.js';

export type BrokerState = 'disconnected' | 'connected' | 'blocked';

export interface BrokerConnectionOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps` with what {@link brokerUrlOptions} reads of it */
  readonly url: string;
  /** Shown in the broker's list of connections, for example `order publishing`. */
  readonly name: string;
  readonly log: Log;
}

const CLOSE_TIMEOUT_MS = 2_000;

/**
 * One connection that comes back by itself: amqplib's recovery, with backoff and for ever. What needs channels
 * registers {@link onConnected}, which is called after every (re)connection; amqplib restores no channel and no consumer.
 *
 * Publish and consume on two different ones: a broker in alarm blocks connections that publish.
 */
export class BrokerConnection {
  private readonly events = new EventEmitter();
  private recovering: RecoveringChannelModel | undefined;
  private model: ChannelModel | undefined;
  private currentState: BrokerState = 'disconnected';

  constructor(private readonly options: BrokerConnectionOptions) {
    this.events.setMaxListeners(0);
  }

  get state(): BrokerState {
    return this.currentState;
  }

  /**
   * The live connection, to open a channel on.
   *
   * @throws BrokerUnavailableError while disconnected
   */
  get current(): ChannelModel {
    if (!this.model) throw new BrokerUnavailableError('not connected to the broker');
    return this.model;
  }

  /** Whether `model` is the live connection: false after it is lost, closed or replaced. */
  isCurrent(model: ChannelModel): boolean {
    return this.model === model;
  }

  /** Calls `listener` with each new connection, once its channels can be opened. Register before {@link start}. */
  onConnected(listener: (connection: ChannelModel) => void): void {
    this.events.on('connected', listener);
  }

  /** Calls `listener` whenever the state changes. */
  onStateChange(listener: (state: BrokerState) => void): void {
    this.events.on('state', listener);
  }

  /** Begins to connect and resolves at once: a service starts, and takes orders, also while the broker is away. */
  async start(): Promise<void> {
    const { url, name, log } = this.options;
    const recovering = await connect(withHeartbeat(url), {
      ...brokerUrlOptions(url),
      timeout: 5_000, // of the handshake; a half-open link must not hold us for ever
      keepAlive: true,
      noDelay: true,
      clientProperties: { connection_name: name },
      recovery: { initialDelay: 100, maxDelay: 5_000, waitForConnect: false },
    });
    this.recovering = recovering;
    recovering.on('error', (error: Error) =>
      log.warn({ err: error, connection: name }, 'broker connection failed'),
    );
    recovering.on('disconnect', (error: Error) => {
      log.warn({ err: error, connection: name }, 'broker disconnected; reconnecting');
      this.setState('disconnected');
    });
    let lastReason = '';
    recovering.on('connect-failed', (error: Error) => {
      // Once for each reason: a wrong password or certificate must be seen, and a broker that is away for hours not often.
      const level = error.message === lastReason ? 'debug' : 'warn';
      lastReason = error.message;
      log[level]({ err: error, connection: name }, 'broker not reached yet');
    });
    recovering.on('blocked', () => this.setState('blocked'));
    recovering.on('unblocked', () => this.setState('connected'));
    recovering.on('connect', (connection: ChannelModel) => {
      coalesceWrites(underlyingSocket(connection));
      log.info({ connection: name }, 'broker connected');
      this.model = connection;
      this.setState('connected');
      this.events.emit('connected', connection);
    });
  }

  /**
   * Closes for good, in bounded time also when the broker does not answer. What is unconfirmed or unacknowledged is
   * not waited for: drain first.
   */
  async close(): Promise<void> {
    if (this.recovering) await within(CLOSE_TIMEOUT_MS, this.recovering.close());
    this.setState('disconnected');
    this.events.removeAllListeners();
  }

  private setState(state: BrokerState): void {
    if (state === this.currentState) return;
    this.currentState = state;
    if (state === 'disconnected') this.model = undefined;
    this.events.emit('state', state);
  }
}

/** amqplib has no name for it in its types. */
function underlyingSocket({ connection }: ChannelModel): Socket {
  return (connection as unknown as { readonly stream: Socket }).stream;
}

/** Without a heartbeat a dead host is noticed by nobody for hours. */
function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', '10');
  return parsed.href;
}
