import type { Provider } from '@nestjs/common';
import { Database } from '#database';
import { pruneDeadLetters } from '#dead-letters';
import { pruneInbox } from '#inbox';
import { pruneCrashMarks } from '#messaging';
import { pruneOperatorLog } from '#operator-log';
import type { ObservableGauge } from '#observability';
import { Outbox, pruneOutbox } from '#outbox';
import { type AlarmCheck, Alarms } from './monitoring/alarms.js';
import { Messaging, type RuntimeOptions } from './messaging.js';
import { type RegisterMetrics, Metrics } from './monitoring/metrics.js';
import { standardAlarms } from './monitoring/standard-alarms.js';
import type { ServiceConfig } from './variables.js';
import { type PruneTask, RetentionJob } from './retention/retention-job.js';

/** The background tasks that only one service has, besides those of every service. */
export interface BackgroundTasks {
  /** Run after the prune tasks of outbox, dead letters, inbox, crash marks and operator log. Default none. */
  readonly pruneTasks?: (database: Database) => readonly PruneTask[];
  /** Checked after the alarms of every service. Default none. */
  readonly alarms?: (database: Database) => readonly AlarmCheck[];
  /** Read at each scrape of `/metrics`. Default none. */
  readonly gauges?: (database: Database) => readonly ObservableGauge[];
  /** Registers counters and histograms. Default none. */
  readonly registerMetrics?: RegisterMetrics;
}

/** The Nest providers of {@link RetentionJob}, {@link Alarms} and {@link Metrics}. */
export function backgroundTaskProviders(options: RuntimeOptions & BackgroundTasks): Provider[] {
  const { service, config, logger, pruneTasks, alarms, gauges, registerMetrics } = options;
  return [
    {
      provide: RetentionJob,
      inject: [Database, Messaging],
      useFactory: (database: Database, { relay }: Messaging) =>
        new RetentionJob({
          tasks: [...standardPruneTasks(database, config), ...(pruneTasks?.(database) ?? [])],
          // One relay per service is active: its replica also prunes.
          isActive: () => relay.isActive,
          log: logger,
          intervalMs: config.pruneIntervalMs,
        }),
    },
    {
      provide: Alarms,
      inject: [Database, Messaging, RetentionJob],
      useFactory: (database: Database, messaging: Messaging, retention: RetentionJob) =>
        new Alarms({
          checks: [...standardAlarms(options, database, messaging, retention), ...(alarms?.(database) ?? [])],
          log: logger,
        }),
    },
    {
      provide: Metrics,
      inject: [Database, Messaging, Outbox, Alarms, RetentionJob],
      useFactory: (...[database, messaging, outbox, raised, retention]: MetricProviders) =>
        new Metrics(
          {
            service,
            ...(gauges && { gauges: gauges(database) }),
            ...(registerMetrics && { registerMetrics }),
          },
          { database, messaging, outbox, config, alarms: raised, retention },
        ),
    },
  ];
}

type MetricProviders = [Database, Messaging, Outbox, Alarms, RetentionJob];

/** The prune tasks of the tables that every service has. */
function standardPruneTasks(database: Database, config: ServiceConfig): readonly PruneTask[] {
  return [
    { table: 'outbox', prune: () => pruneOutbox(database, config.outboxRetentionHours) },
    // Dead letters before the inbox: the inbox keeps the ids of messages that have a dead letter.
    { table: 'dead_letters', prune: () => pruneDeadLetters(database, config.deadLetterRetentionHours) },
    { table: 'inbox', prune: () => pruneInbox(database, config.inboxRetentionHours) },
    { table: 'crash_marks', prune: () => pruneCrashMarks(database, config.inboxRetentionHours) },
    { table: 'operator_log', prune: () => pruneOperatorLog(database, config.operatorLogRetentionHours) },
  ];
}
