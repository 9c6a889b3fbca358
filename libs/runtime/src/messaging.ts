import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { type Service, services } from '#contracts';
import {
  type BatchTransport,
  BrokerConnection,
  type BrokerUsers,
  brokerUserOf,
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
  readonly consuming: BrokerConnection;
  readonly publishing: BrokerConnection;
  /** For retries. The relay and the replays have others, so that no one's mistakes close another's channel. */
  readonly publisher: ConfirmPublisher;
  /** For dead letters that are sent again. */
  readonly replays: ConfirmPublisher;
  readonly relay: Relay;
  readonly brokerUsers: BrokerUsers;
  /** Of a service that consumes: set when it is connected to the application. */
  transport: BatchTransport | undefined;

  constructor({ service, config, logger }: RuntimeOptions) {
    const connection = (purpose: string): BrokerConnection =>
      new BrokerConnection({ url: config.rabbitmqUrl, name: `${service} ${purpose}`, log: logger });
    this.consuming = connection('consuming');
    this.publishing = connection('publishing');
    this.publisher = new ConfirmPublisher(this.publishing, logger);
    this.replays = new ConfirmPublisher(this.publishing, logger);
    this.brokerUsers = brokerUsersFor(service, config.rabbitmqUrl);
    this.relay = new Relay({
      databaseUrl: config.databaseUrl,
      applicationName: `${service} relay`,
      publisher: new ConfirmPublisher(this.publishing, logger),
      brokerUser: this.brokerUsers[service],
      inFlightMax: config.inFlightMax,
      log: logger,
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.publishing.start();
    this.relay.start();
  }

  /** Why messages do not flow as they should, if they don't. The outbox keeps what cannot be published. */
  get trouble(): string | undefined {
    const { publishing, consuming, transport, relay } = this;
    if (publishing.state === 'blocked') return 'the broker is in alarm and takes no messages';
    const connected = publishing.state === 'connected' && consuming.state === 'connected';
    if (!connected) return 'not connected to the broker';
    if (transport?.subscribed === false) return 'not subscribed to every queue';
    return relay.trouble;
  }

  /** Last of all, when nothing adds to the outbox any more: what is in it still goes out. */
  async onApplicationShutdown(): Promise<void> {
    await this.relay.stop();
    await this.publishing.close();
  }
}

/**
 * Which user each service publishes as. Each has its own, named after it, where a broker is shared with something in
 * front: `order`, `shop-order`. Where everybody is one user, whatever it is called, that is the user.
 */
export function brokerUsersFor(service: Service, url: string): BrokerUsers {
  const user = brokerUserOf(url);
  const isOwn = user === service || user.endsWith(`-${service}`);
  const prefix = user.slice(0, -service.length);
  const users = services.map((name) => [name, isOwn ? prefix + name : user]);
  return Object.fromEntries(users) as BrokerUsers;
}
