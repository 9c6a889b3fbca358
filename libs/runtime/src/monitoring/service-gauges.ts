import type { Database } from '#database';
import { countOpenDeadLetters } from '#dead-letters';
import { registerGauge, Gauge, type ObservableGauge, type Registry } from '#observability';
import { type Outbox, outboxLag } from '#outbox';
import type { Alarms } from './alarms.js';
import type { Messaging } from '../messaging.js';

/** What is looked up at a scrape. */
export interface MetricSources {
  readonly database: Database;
  readonly messaging: Messaging;
  readonly outbox: Outbox;
  readonly alarms: Alarms;
}

/** What every service says of itself when it is asked: nothing of it is counted on the way of an order. */
export function registerServiceGauges(
  registry: Registry,
  sources: MetricSources,
  appGauges: readonly ObservableGauge[],
): void {
  for (const reading of [...standardGauges(sources), ...appGauges]) registerGauge(registry, reading);
  const { alarms } = sources;
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
}

function standardGauges({ database, messaging, outbox }: MetricSources): readonly ObservableGauge[] {
  return [
    {
      name: 'outbox_pending_events',
      help: 'Events that are committed and not yet published, as of the last second; counted up to OUTBOX_PENDING_MAX.',
      read: () => outbox.pendingCount,
    },
    {
      name: 'outbox_oldest_pending_seconds',
      help: 'How long the oldest of them has waited.',
      read: async () => (await outboxLag(database)).oldestPendingMs / 1_000,
    },
    {
      name: 'outbox_parked_events',
      help: 'Events that could not be published, up to 1,000.',
      read: async () => (await outboxLag(database)).parked,
    },
    {
      name: 'relay_active',
      help: '1 in the replica whose relay is at work.',
      read: () => Number(messaging.relay.isActive),
    },
    {
      name: 'consumer_partitions_owned',
      help: 'Partitions that are this replica’s to consume.',
      read: () => messaging.transport?.partitionsOwned,
    },
    {
      name: 'dead_letters_open',
      help: 'Dead letters that wait for an operator, up to 1,000.',
      read: () => countOpenDeadLetters(database),
    },
    {
      name: 'database_pool_connections',
      help: 'Connections that are open.',
      read: () => database.connections.open,
    },
    {
      name: 'database_pool_idle_connections',
      help: 'Those that nobody uses.',
      read: () => database.connections.idle,
    },
    {
      name: 'database_pool_waiting',
      help: 'Statements and transactions that wait for a connection.',
      read: () => database.connections.waiting,
    },
  ];
}
