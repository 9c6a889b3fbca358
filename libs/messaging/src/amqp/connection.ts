import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { connect, type ChannelModel, type RecoveringChannelModel } from 'amqplib';
import { coalesceWrites } from '#database';
import type { Log } from '#observability';
import { BrokerUnavailableError } from '../errors.js';
import { brokerUrlOptions } from './broker-url.js';
import { waitAtMost } from './wait-at-most.js';

/** `blocked`: connected, but the broker has a memory or disk alarm and accepts no publications. */
export type BrokerState = 'disconnected' | 'connected' | 'blocked';

export interface BrokerConnectionOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps`, see {@link brokerUrlOptions}. `heartbeat` is 10 s by default. Required. */
  readonly url: string;
  /** The name in RabbitMQ's list of connections, for example `order publishing`. Required. */
  readonly name: string;
  /** Receives connects, disconnects and failed attempts. Required. */
  readonly log: Log;
}

const CLOSE_TIMEOUT_MS = 2_000;

/**
 * A connection that reconnects without limit, with a backoff of 100 ms to 5 s (amqplib's recovery). Reconnecting restores
 * no channel and no consumer: open them in a listener of {@link onConnected}, or on {@link current} for each use.
 *
 * Publish and consume on separate connections: a broker with a resource alarm blocks every connection that publishes.
 */
export class BrokerConnection {
  private readonly events = new EventEmitter();
  private recovering: RecoveringChannelModel | undefined;
  private model: ChannelModel | undefined;
  private currentState: BrokerState = 'disconnected';

  constructor(private readonly options: BrokerConnectionOptions) {
    this.events.setMaxListeners(0);
  }

  /** The current state; changes are announced to {@link onStateChange}. */
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

  /** Calls `listener` after each connect and reconnect, when channels can be opened. Register before {@link start}. */
  onConnected(listener: (connection: ChannelModel) => void): void {
    this.events.on('connected', listener);
  }

  /** Calls `listener` with the new state after each change, before the listeners of {@link onConnected}. */
  onStateChange(listener: (state: BrokerState) => void): void {
    this.events.on('state', listener);
  }

  /** Starts to connect, and does not wait for the broker: a service accepts orders while RabbitMQ is unavailable. */
  async start(): Promise<void> {
    const { url, name, log } = this.options;
    const recovering = await connect(withHeartbeat(url), {
      ...brokerUrlOptions(url),
      timeout: 5_000, // for the handshake: on a half-open link it would never end
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
      // One warning per reason: a wrong password must be visible, and an outage of hours must not fill the log.
      const level = error.message === lastReason ? 'debug' : 'warn';
      lastReason = error.message;
      log[level]({ err: error, connection: name }, 'broker connection attempt failed');
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
   * Closes for good, within 2 s even when the broker does not respond. Pending confirms and unacknowledged deliveries
   * are abandoned: drain first.
   */
  async close(): Promise<void> {
    if (this.recovering) await waitAtMost(CLOSE_TIMEOUT_MS, this.recovering.close());
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

/** amqplib's types do not declare `stream`. */
function underlyingSocket({ connection }: ChannelModel): Socket {
  return (connection as unknown as { readonly stream: Socket }).stream;
}

/** Without a heartbeat, a dead host stays undetected until TCP gives up, after hours. */
function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', '10');
  return parsed.href;
}
