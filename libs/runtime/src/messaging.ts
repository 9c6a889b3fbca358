import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { type Service, services } from '#contracts';
import {
  type BatchTransport,
  BrokerConnection,
  type BrokerUsers,
  brokerUserFromUrl,
  ConfirmPublisher,
} from '#messaging';
import type { Logger } from '#observability';
import { Relay } from '#outbox';
import type { ServiceConfig } from './variables.js';

export interface RuntimeOptions {
  readonly service: Service;
  readonly config: ServiceConfig;
  readonly logger: Logger;
}

/**
 * A service's two connections to the broker and its relay. Two, because a broker in alarm blocks those that publish,
 * and consuming must go on then.
 */
export class Messaging implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly consumerConnection: BrokerConnection;
  readonly publisherConnection: BrokerConnection;
  /** For retries. The relay and the replays have others, so that no one's mistakes close another's channel. */
  readonly publisher: ConfirmPublisher;
  /** For dead letters that are sent again. */
  readonly replayPublisher: ConfirmPublisher;
  readonly relay: Relay;
  readonly brokerUsers: BrokerUsers;
  /** Of a service that consumes: set when it is connected to the application. */
  transport: BatchTransport | undefined;

  constructor({ service, config, logger }: RuntimeOptions) {
    const connection = (purpose: string): BrokerConnection =>
      new BrokerConnection({ url: config.rabbitmqUrl, name: `${service} ${purpose}`, log: logger });
    this.consumerConnection = connection('consuming');
    this.publisherConnection = connection('publishing');
    this.publisher = new ConfirmPublisher(this.publisherConnection, logger);
    this.replayPublisher = new ConfirmPublisher(this.publisherConnection, logger);
    this.brokerUsers = deriveBrokerUsers(service, config.rabbitmqUrl);
    this.relay = new Relay({
      databaseUrl: config.databaseUrl,
      applicationName: `${service} relay`,
      publisher: new ConfirmPublisher(this.publisherConnection, logger),
      brokerUser: this.brokerUsers[service],
      inFlightMax: config.inFlightMax,
      log: logger,
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.publisherConnection.start();
    this.relay.start();
  }

  /** Why messages do not flow as they should, if they don't. The outbox keeps what cannot be published. */
  get degradedReason(): string | undefined {
    const { publisherConnection, consumerConnection, transport, relay } = this;
    if (publisherConnection.state === 'blocked')
      return 'the broker has a resource alarm and blocks publishing';
    const connected = publisherConnection.state === 'connected' && consumerConnection.state === 'connected';
    if (!connected) return 'not connected to the broker';
    if (transport?.isSubscribed === false) return 'not subscribed to every queue';
    return relay.backoffReason;
  }

  /** Last of all, when nothing adds to the outbox any more: what is in it still goes out. */
  async onApplicationShutdown(): Promise<void> {
    await this.relay.stop();
    await this.publisherConnection.close();
  }
}

/**
 * Which user each service publishes as. Each has its own, named after it, where a broker is shared with something in
 * front: `order`, `shop-order`. Where everybody is one user, whatever it is called, that is the user.
 */
export function deriveBrokerUsers(service: Service, url: string): BrokerUsers {
  const user = brokerUserFromUrl(url);
  const isOwn = user === service || user.endsWith(`-${service}`);
  const prefix = user.slice(0, -service.length);
  const users = services.map((name) => [name, isOwn ? prefix + name : user]);
  return Object.fromEntries(users) as BrokerUsers;
}
