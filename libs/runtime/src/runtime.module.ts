import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Database, databaseOptions, statement } from '#database';
import { HealthController, healthChecks } from '#http';
import { Outbox } from '#outbox';
import { Messaging, type RuntimeOptions } from './messaging.js';
import { OutboxGauge } from './outbox-gauge.js';

const PING = statement('runtime_ping', 'SELECT');

/** Makes what every service is built on available to all of its classes: `Database`, `Outbox`, `Messaging`. */
@Module({})
export class RuntimeModule {
  static forRoot(options: RuntimeOptions): DynamicModule {
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
        healthChecks([Database, Messaging], (database, messaging) => [
          { name: 'database', check: async () => void (await database.query(PING)) },
          { name: 'broker', check: () => Promise.resolve(healthOf(messaging)) },
        ]),
      ],
      exports: [Database, Messaging, Outbox],
    };
  }
}

/** Without the broker a service still accepts what comes in over REST, and keeps it in its outbox. */
function healthOf({ trouble }: Messaging): { degraded: string } | undefined {
  return trouble === undefined ? undefined : { degraded: trouble };
}
