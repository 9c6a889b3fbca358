import type { Database } from '#database';
import { countOpenDeadLetters } from '#dead-letters';
import { registerGauge, Gauge, type ObservableGauge, type Registry } from '#observability';
import { type Outbox, outboxLag } from '#outbox';
import type { Alarms } from './alarms.js';
import type { Messaging } from '../messaging.js';
import type { RetentionJob } from '../retention/retention-job.js';
import type { ServiceConfig } from '../variables.js';

/** What the gauges of every service read. */
export interface MetricSources {
  /** Counts rows, and its pool is measured. */
  readonly database: Database;
  /** Whether the relay is active, and the partitions of this replica. */
  readonly messaging: Messaging;
  /** Its last measurement. */
  readonly outbox: Outbox;
  /** Bounds that gauges are compared with. */
  readonly config: Pick<ServiceConfig, 'partitions' | 'outboxPendingMax'>;
  /** Their newest results. */
  readonly alarms: Alarms;
  /** How far its tables are behind. */
  readonly retention: RetentionJob;
}

/** Registers the gauges of every service and `appGauges`. They are read at scrapes only, never while a batch runs. */
export function registerServiceGauges(
  registry: Registry,
  sources: MetricSources,
  appGauges: readonly ObservableGauge[],
): void {
  for (const reading of [...standardGauges(sources), ...appGauges]) registerGauge(registry, reading);
  const { alarms, retention } = sources;
  const raised = new Gauge({
    name: 'alarm_raised',
    help: '1 while the alarm is raised, as /health/ready shows it.',
    labelNames: ['alarm'],
    registers: [],
    async collect() {
      for (const { name, check } of alarms.health) {
        const outcome = await check();
        this.set({ alarm: name }, outcome ? 1 : 0);
      }
    },
  });
  registry.registerMetric(raised);
  const overdue = new Gauge({
    name: 'retention_overdue_seconds',
    help: 'How long the oldest row of the table may have exceeded its retention; only in the replica that prunes.',
    labelNames: ['table'],
    registers: [],
    collect() {
      this.reset();
      for (const [table, ms] of retention.overdueMs) this.set({ table }, ms / 1_000);
    },
  });
  registry.registerMetric(overdue);
}

function standardGauges(sources: MetricSources): readonly ObservableGauge[] {
  return [...outboxGauges(sources), ...consumerGauges(sources), ...poolGauges(sources)];
}

/** Reads the last measurement of the outbox, and its oldest rows by index. */
function outboxGauges({ database, outbox, config }: MetricSources): readonly ObservableGauge[] {
  return [
    {
      name: 'outbox_pending_events',
      help: 'Committed events not yet published, measured once a second, counted up to OUTBOX_PENDING_MAX.',
      read: () => outbox.pendingCount,
    },
    {
      name: 'outbox_pending_events_max',
      help: 'OUTBOX_PENDING_MAX: the pending events at which new orders are refused.',
      read: () => config.outboxPendingMax,
    },
    {
      name: 'outbox_oldest_pending_seconds',
      help: 'Age of the oldest pending event.',
      read: async () => (await outboxLag(database)).oldestPendingMs / 1_000,
    },
    {
      name: 'outbox_parked_events',
      help: 'Parked events, counted up to 1,000.',
      read: async () => (await outboxLag(database)).parked,
    },
  ];
}

/** The sum over all replicas of a service must be 1 for `relay_active` and `consumer_partitions` for `consumer_partitions_owned`. */
function consumerGauges({ database, messaging, config }: MetricSources): readonly ObservableGauge[] {
  return [
    {
      name: 'relay_active',
      help: '1 in the replica that runs the relay.',
      read: () => Number(messaging.relay.isActive),
    },
    {
      name: 'relay_held_slots',
      help: 'Slots whose events stay in the outbox because a binding of the exchange is missing.',
      read: () => messaging.relay.heldSlotCount,
    },
    {
      name: 'consumer_partitions_owned',
      help: 'Partitions that this replica consumes.',
      read: () => messaging.transport.partitionsOwned,
    },
    {
      name: 'consumer_partitions',
      help: 'PARTITIONS: the partitions that the replicas of the service share.',
      read: () => config.partitions,
    },
    {
      name: 'dead_letters_open',
      help: 'Open dead letters, counted up to 1,000.',
      read: () => countOpenDeadLetters(database),
    },
  ];
}

/** Reads the counters of the pool; no statement runs. */
function poolGauges({ database }: MetricSources): readonly ObservableGauge[] {
  return [
    {
      name: 'database_pool_connections',
      help: 'Open connections of the pool.',
      read: () => database.connections.open,
    },
    {
      name: 'database_pool_idle_connections',
      help: 'Open connections that are idle.',
      read: () => database.connections.idle,
    },
    {
      name: 'database_pool_waiting',
      help: 'Statements and transactions waiting for a connection.',
      read: () => database.connections.waiting,
    },
  ];
}
