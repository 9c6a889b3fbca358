import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { subscriptionsForService } from '#contracts';
import { Database, databaseOptions, describeFault, isRefusedForGood } from '#database';
import { Replayer } from '#dead-letters';
import { HealthController, provideHealthChecks } from '#http';
import { OperatorsModule } from '#operator-api';
import { Outbox } from '#outbox';
import { Alarms } from './monitoring/alarms.js';
import { Messaging, type RuntimeOptions } from './messaging.js';
import { MetricsController } from './monitoring/metrics.controller.js';
import { OutboxMonitor } from './monitoring/outbox-monitor.js';
import { type BackgroundTasks, backgroundTaskProviders } from './background-tasks.js';

/** A replica without a partition is healthy: it takes over when another replica leaves. */
const IDLE = 'idle: there are more replicas than partitions';

/** The global module of every service. It exports `Database`, `Outbox` and `Messaging` to the classes of the app. */
@Module({})
export class RuntimeModule {
  /**
   * Connects to the database when Nest starts the app, with up to 60 attempts, one per second. A connection whose startup
   * parameters a pooler refuses or drops ends the start at once.
   */
  static forRoot(options: RuntimeOptions & BackgroundTasks): DynamicModule {
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
          toRetry: (error: unknown) => !isRefusedForGood(error),
        }),
        OperatorsModule.forRoot({ service }),
      ],
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: Database, inject: [DataSource], useFactory: (source: DataSource) => new Database(source) },
        {
          provide: Messaging,
          inject: [Database],
          useFactory: (database: Database) => new Messaging(options, database),
        },
        {
          provide: Outbox,
          inject: [Database, Messaging],
          useFactory: (database: Database, { relay }: Messaging) =>
            new Outbox(database, () => relay.wake(), config.outboxPendingMax),
        },
        {
          provide: OutboxMonitor,
          inject: [Outbox],
          useFactory: (outbox: Outbox) => new OutboxMonitor(outbox, logger),
        },
        {
          provide: Replayer,
          inject: [Database, Messaging],
          useFactory: (database: Database, { replayPublisher, brokerUsers }: Messaging) =>
            new Replayer({
              service,
              brokerUser: brokerUsers[service],
              database,
              publisher: replayPublisher,
              subscriptions: subscriptionsForService(service),
              partitions: config.partitions,
              log: logger,
            }),
        },
        ...backgroundTaskProviders(options),
        provideHealthChecks([Database, Messaging, Alarms], (database, messaging, alarms) => [
          { name: 'database', check: () => checkDatabase(database, messaging) },
          { name: 'broker', check: () => Promise.resolve(describeHealth(messaging)) },
          ...alarms.health,
        ]),
      ],
      exports: [Database, Messaging, Outbox],
    };
  }
}

/** Rejects when the database is unavailable or read-only, and when statements fail although it answers. */
async function checkDatabase(database: Database, { databaseError }: Messaging): Promise<void> {
  await database.assertWritable().catch((error: unknown) => {
    throw new Error(describeFault(error), { cause: error });
  });
  const fault = database.fault ?? (databaseError === undefined ? undefined : describeFault(databaseError));
  if (fault !== undefined) throw new Error(fault);
}

/** Without the broker a service is degraded, not unready: it accepts REST requests and stores their events in the outbox. */
function describeHealth({
  degradedReason,
  transport,
}: Messaging): { degraded: string } | { note: string } | undefined {
  if (degradedReason !== undefined) return { degraded: degradedReason };
  return transport.isIdle ? { note: IDLE } : undefined;
}
