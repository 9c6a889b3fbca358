import type { Provider } from '@nestjs/common';
import { Database } from '#database';
import { pruneDeadLetters } from '#dead-letters';
import { pruneInbox } from '#inbox';
import { pruneOperatorLog } from '#operator-log';
import type { ObservableGauge } from '#observability';
import { Outbox, pruneOutbox } from '#outbox';
import { type AlarmCheck, Alarms } from './monitoring/alarms.js';
import { Messaging, type RuntimeOptions } from './messaging.js';
import { type RegisterMetrics, Metrics } from './monitoring/metrics.js';
import { standardAlarms } from './monitoring/standard-alarms.js';
import type { ServiceConfig } from './variables.js';
import { type PruneTask, RetentionJob } from './retention/retention-job.js';

/** What a service has pruned, watched and measured of its own, besides the tables that every service has. */
export interface BackgroundTasks {
  readonly pruneTasks?: (database: Database) => readonly PruneTask[];
  readonly alarms?: (database: Database) => readonly AlarmCheck[];
  readonly gauges?: (database: Database) => readonly ObservableGauge[];
  readonly registerMetrics?: RegisterMetrics;
}

/** What keeps a service in good order while nobody looks: {@link RetentionJob}, {@link Alarms} and {@link Metrics}. */
export function backgroundTaskProviders(options: RuntimeOptions & BackgroundTasks): Provider[] {
  const { service, config, logger, pruneTasks, alarms, gauges, registerMetrics } = options;
  return [
    {
      provide: RetentionJob,
      inject: [Database, Messaging],
      useFactory: (database: Database, { relay }: Messaging) =>
        new RetentionJob({
          tasks: [...standardPruneTasks(database, config), ...(pruneTasks?.(database) ?? [])],
          // There is one active relay per service: whoever runs it keeps house, too.
          isActive: () => relay.isActive,
          log: logger,
          intervalMs: config.pruneIntervalMs,
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
          {
            service,
            ...(gauges && { gauges: gauges(database) }),
            ...(registerMetrics && { registerMetrics }),
          },
          { database, messaging, outbox, alarms: raised },
        ),
    },
  ];
}

function standardPruneTasks(database: Database, config: ServiceConfig): readonly PruneTask[] {
  return [
    { table: 'outbox', prune: () => pruneOutbox(database, config.outboxRetentionHours) },
    // Dead letters before the inbox, which keeps what they are of.
    { table: 'dead_letters', prune: () => pruneDeadLetters(database, config.deadLetterRetentionHours) },
    { table: 'inbox', prune: () => pruneInbox(database, config.inboxRetentionHours) },
    { table: 'operator_log', prune: () => pruneOperatorLog(database, config.operatorLogRetentionHours) },
  ];
}
