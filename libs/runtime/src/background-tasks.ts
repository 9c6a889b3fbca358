import type { Provider } from '@nestjs/common';
import { Database } from '#database';
import { pruneDeadLetters } from '#dead-letters';
import { pruneInbox } from '#inbox';
import { pruneOperatorActs } from '#operator-log';
import type { GaugeReading } from '#observability';
import { Outbox, pruneOutbox } from '#outbox';
import { type AlarmCheck, Alarms } from './monitoring/alarms.js';
import { Messaging, type RuntimeOptions } from './messaging.js';
import { type CountMore, Metrics } from './monitoring/metrics.js';
import { standardAlarms } from './monitoring/standard-alarms.js';
import type { ServiceConfig } from './variables.js';
import { type Chore, Housekeeper } from './retention/housekeeper.js';

/** What a service has pruned, watched and measured of its own, besides the tables that every service has. */
export interface Upkeep {
  readonly chores?: (database: Database) => readonly Chore[];
  readonly alarms?: (database: Database) => readonly AlarmCheck[];
  readonly gauges?: (database: Database) => readonly GaugeReading[];
  readonly count?: CountMore;
}

/** What keeps a service in good order while nobody looks: {@link Housekeeper}, {@link Alarms} and {@link Metrics}. */
export function upkeepProviders(options: RuntimeOptions & Upkeep): Provider[] {
  const { service, config, logger, chores, alarms, gauges, count } = options;
  return [
    {
      provide: Housekeeper,
      inject: [Database, Messaging],
      useFactory: (database: Database, { relay }: Messaging) =>
        new Housekeeper({
          chores: [...standardChores(database, config), ...(chores?.(database) ?? [])],
          // There is one active relay per service: whoever runs it keeps house, too.
          isOnDuty: () => relay.active,
          log: logger,
          everyMs: config.housekeepingEveryMs,
        }),
    },
    {
      provide: Alarms,
      inject: [Database, Messaging],
      useFactory: (database: Database, messaging: Messaging) =>
        new Alarms({
          checks: [...standardAlarms(options, database, messaging), ...(alarms?.(database) ?? [])],
          log: logger,
        }),
    },
    {
      provide: Metrics,
      inject: [Database, Messaging, Outbox, Alarms],
      useFactory: (database: Database, messaging: Messaging, outbox: Outbox, raised: Alarms) =>
        new Metrics(
          { service, ...(gauges && { gauges: gauges(database) }), ...(count && { count }) },
          { database, messaging, outbox, alarms: raised },
        ),
    },
  ];
}

function standardChores(database: Database, config: ServiceConfig): readonly Chore[] {
  return [
    { table: 'outbox', sweep: () => pruneOutbox(database, config.outboxRetentionHours) },
    // Dead letters before the inbox, which keeps what they are of.
    { table: 'dead_letters', sweep: () => pruneDeadLetters(database, config.deadLetterRetentionHours) },
    { table: 'inbox', sweep: () => pruneInbox(database, config.inboxRetentionHours) },
    { table: 'operator_acts', sweep: () => pruneOperatorActs(database, config.operatorActRetentionHours) },
  ];
}
