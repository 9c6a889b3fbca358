import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { subscriptions } from '#contracts';
import { Database, databaseOptions, statement } from '#database';
import { Replayer } from '#dead-letters';
import { HealthController, healthChecks } from '#http';
import { type Chore, Housekeeper } from '#housekeeping';
import { pruneInbox } from '#inbox';
import { Outbox, pruneOutbox } from '#outbox';
import { Messaging, type RuntimeOptions } from './messaging.js';
import { OutboxGauge } from './outbox-gauge.js';
import type { ServiceConfig } from './variables.js';

const PING = statement('runtime_ping', 'SELECT');

export interface RuntimeModuleOptions extends RuntimeOptions {
  /** The service's own tables that are pruned, besides outbox, inbox and dead letters. */
  readonly chores?: (database: Database) => readonly Chore[];
}

/** Makes what every service is built on available to all of its classes: `Database`, `Outbox`, `Messaging`. */
@Module({})
export class RuntimeModule {
  static forRoot(options: RuntimeModuleOptions): DynamicModule {
    const { service, config, logger } = options;
    return {
      module: RuntimeModule,
      global: true,
      imports: [
        TypeOrmModule.forRoot({
          ...databaseOptions({
            url: config.databaseUrl,
            applicationName: service,
            poolSizeMax: config.databasePoolMax,
          }),
          retryAttempts: 60,
          retryDelay: 1_000,
        }),
      ],
      controllers: [HealthController],
      providers: [
        { provide: Database, inject: [DataSource], useFactory: (source: DataSource) => new Database(source) },
        { provide: Messaging, useFactory: () => new Messaging(options) },
        {
          provide: Outbox,
          inject: [Database, Messaging],
          useFactory: (database: Database, { relay }: Messaging) =>
            new Outbox(database, () => relay.wake(), config.outboxPendingMax),
        },
        {
          provide: OutboxGauge,
          inject: [Outbox],
          useFactory: (outbox: Outbox) => new OutboxGauge(outbox, logger),
        },
        {
          provide: Housekeeper,
          inject: [Database, Messaging],
          useFactory: (database: Database, { relay }: Messaging) =>
            new Housekeeper({
              chores: [...choresOfEveryService(database, config), ...(options.chores?.(database) ?? [])],
              // There is one active relay per service: whoever runs it keeps house, too.
              isOnDuty: () => relay.active,
              log: logger,
            }),
        },
        {
          provide: Replayer,
          inject: [Database, Messaging],
          useFactory: (database: Database, { replays, brokerUsers }: Messaging) =>
            new Replayer({
              service,
              brokerUser: brokerUsers[service],
              database,
              publisher: replays,
              subscriptions: subscriptions.filter((subscription) => subscription.service === service),
              partitions: config.partitions,
              log: logger,
            }),
        },
        healthChecks([Database, Messaging], (database, messaging) => [
          { name: 'database', check: async () => void (await database.query(PING)) },
          { name: 'broker', check: () => Promise.resolve(healthOf(messaging)) },
        ]),
      ],
      exports: [Database, Messaging, Outbox],
    };
  }
}

function choresOfEveryService(database: Database, config: ServiceConfig): readonly Chore[] {
  const { inboxRetentionHours, outboxRetentionHours } = config;
  return [
    { table: 'outbox', sweep: () => pruneOutbox(database, outboxRetentionHours) },
    { table: 'inbox', sweep: () => pruneInbox(database, inboxRetentionHours) },
  ];
}

/** Without the broker a service still accepts what comes in over REST, and keeps it in its outbox. */
function healthOf({ trouble }: Messaging): { degraded: string } | undefined {
  return trouble === undefined ? undefined : { degraded: trouble };
}
