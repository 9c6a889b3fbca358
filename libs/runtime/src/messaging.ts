import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import { eventContracts, type Service, services, subscriptions } from '#contracts';
import { EveryItemFailedError } from '#concurrency';
import { type Database, databaseFault, describeFault } from '#database';
import { addDeadLetters } from '#dead-letters';
import {
  BatchTransport,
  BrokerConnection,
  type BrokerUsers,
  brokerUserFromUrl,
  ConfirmPublisher,
  deriveTopology,
  eventsExchange,
  ManagementApi,
  RouteCheck,
} from '#messaging';
import type { Logger } from '#observability';
import { Relay } from '#outbox';
import type { ServiceConfig } from './variables.js';

/** What every service gives to {@link RuntimeModule} and `startService`. */
export interface RuntimeOptions {
  /** The name of the service, as in its contracts and its queues. Required. */
  readonly service: Service;
  /** The validated variables of the service. Required. */
  readonly config: ServiceConfig;
  /** The logger of the process. Required. */
  readonly logger: Logger;
  /** Called last in a graceful shutdown: exports the remaining spans. Must not reject. Default none. */
  readonly onShutdown?: () => Promise<void>;
}

/** Longest pause between two checks of the bindings of the service's exchange, in ms. */
const ROUTE_CHECK_INTERVAL_MAX_MS = 10_000;

/**
 * The two broker connections of a service, and its relay. Publishing and consuming have a connection each: during a
 * resource alarm RabbitMQ blocks connections that publish, and consuming must continue.
 */
export class Messaging implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  /** Consumes, and never publishes. */
  readonly consumerConnection: BrokerConnection;
  /** Publishes for the relay, retries and replays. */
  readonly publisherConnection: BrokerConnection;
  /** Publishes retries. The relay and replays use other publishers, and so other channels: an error closes one. */
  readonly publisher: ConfirmPublisher;
  /** Publishes replayed dead letters. */
  readonly replayPublisher: ConfirmPublisher;
  /** Publishes the outbox. One relay per service is active. */
  readonly relay: Relay;
  /** Names the slots that the relay must hold. */
  readonly routes: RouteCheck;
  /** The broker user that each service must publish as. */
  readonly brokerUsers: BrokerUsers;
  /** Subscribes when `startService` has connected it to the application. */
  readonly transport: BatchTransport;

  constructor(
    private readonly options: RuntimeOptions,
    database: Database,
  ) {
    const { service, config, logger } = options;
    const connection = (purpose: string): BrokerConnection =>
      new BrokerConnection({ url: config.rabbitmqUrl, name: `${service} ${purpose}`, log: logger });
    this.consumerConnection = connection('consuming');
    this.publisherConnection = connection('publishing');
    this.publisher = new ConfirmPublisher(this.publisherConnection, logger);
    this.replayPublisher = new ConfirmPublisher(this.publisherConnection, logger);
    this.brokerUsers = deriveBrokerUsers(service, config.rabbitmqUrl);
    this.transport = new BatchTransport({
      service,
      connection: this.consumerConnection,
      publisher: this.publisher,
      brokerUsers: this.brokerUsers,
      database,
      addDeadLetters,
      partitions: config.partitions,
      batchSizeMax: config.batchSizeMax,
      pauseMaxMs: config.consumerPauseMaxMs,
      databaseUrl: config.databaseUrl,
      log: logger,
    });
    this.routes = createRouteCheck({ service, config, logger });
    this.relay = new Relay({
      databaseUrl: config.databaseUrl,
      applicationName: `${service} relay`,
      publisher: new ConfirmPublisher(this.publisherConnection, logger),
      brokerUser: this.brokerUsers[service],
      inFlightMax: config.inFlightMax,
      partitions: config.partitions,
      heldSlots: () => this.routes.held,
      log: logger,
    });
  }

  /** Starts connecting the publisher connection, checks the bindings for at most 2 s, and starts the relay. */
  async onApplicationBootstrap(): Promise<void> {
    await this.publisherConnection.start();
    await this.routes.start();
    this.relay.start();
  }

  /**
   * Why publishing or consuming is impaired, or undefined when neither is. The service stays ready: the outbox keeps
   * events until the relay can publish them.
   */
  get degradedReason(): string | undefined {
    const { publisherConnection, consumerConnection, transport, relay } = this;
    if (publisherConnection.state === 'blocked')
      return 'the broker has a resource alarm and blocks publishing';
    const connected = publisherConnection.state === 'connected' && consumerConnection.state === 'connected';
    if (!connected) return 'not connected to the broker';
    if (!transport.isSubscribed) return 'not subscribed to every queue';
    const { pausedBy } = transport;
    // Readiness reports a fault of the database as `database`.
    if (pausedBy !== undefined && this.databaseError === undefined)
      return `consumer paused: ${describeFault(pausedBy)}`;
    return relay.backoffReason;
  }

  /**
   * The error of the database with which a consumer or the relay pauses; undefined when none does. One message that fails
   * alone does not prove that the database is at fault.
   */
  get databaseError(): unknown {
    return [this.transport.pausedBy, this.relay.interruptedBy].find((error) => {
      const isLone = error instanceof EveryItemFailedError && error.failed === 1;
      return databaseFault(error) !== undefined && !isLone;
    });
  }

  /** Ends the checks of the bindings; the relay keeps their last result until it stops. */
  onModuleDestroy(): Promise<void> {
    return this.routes.stop();
  }

  /**
   * Stops the relay and closes the publisher connection. Nest calls this hook last, after the HTTP side and the consumers
   * have ended, so no transaction adds events afterwards.
   */
  async onApplicationShutdown(): Promise<void> {
    await this.relay.stop();
    await this.publisherConnection.close();
    await this.options.onShutdown?.();
  }
}

/** Checks every 10 s, or every `TOPOLOGY_CHECK_INTERVAL_MS` if that is shorter. */
function createRouteCheck({ service, config, logger }: RuntimeOptions): RouteCheck {
  const { partitions, rabbitmqUrl, rabbitmqManagementUrl, topologyCheckIntervalMs } = config;
  const contracts = Object.values(eventContracts);
  return new RouteCheck({
    exchange: eventsExchange(service),
    topology: deriveTopology({ contracts, subscriptions, partitions }),
    management: rabbitmqManagementUrl ? new ManagementApi(rabbitmqManagementUrl, rabbitmqUrl) : undefined,
    intervalMs: Math.min(topologyCheckIntervalMs, ROUTE_CHECK_INTERVAL_MAX_MS),
    log: logger,
  });
}

/**
 * Derives the broker user of every service from the URL of one. A user named after `service`, with an optional prefix
 * (`order`, `shop-order`), means that each service has a user of the same form. Any other user is shared by all services.
 */
export function deriveBrokerUsers(service: Service, url: string): BrokerUsers {
  const user = brokerUserFromUrl(url);
  const isOwn = user === service || user.endsWith(`-${service}`);
  const prefix = user.slice(0, -service.length);
  const users = services.map((name) => [name, isOwn ? prefix + name : user]);
  return Object.fromEntries(users) as BrokerUsers;
}
