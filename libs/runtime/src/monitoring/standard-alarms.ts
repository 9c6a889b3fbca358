import type { Database } from '#database';
import { countOpenDeadLetters } from '#dead-letters';
import { QueueProbe, UNROUTED } from '#messaging';
import { outboxStandstill } from '#outbox';
import type { AlarmCheck } from './alarms.js';
import type { Messaging, RuntimeOptions } from '../messaging.js';
import { topologyWatch } from './topology-alarm.js';

/** The alarms of every service. */
export function standardAlarms(
  options: RuntimeOptions,
  database: Database,
  { consuming }: Messaging,
): readonly AlarmCheck[] {
  const { standstillAlarmMs } = options.config;
  const unrouted = new QueueProbe(consuming, UNROUTED);
  const topology = topologyWatch(options, consuming);
  return [
    { name: 'outbox', look: () => lookAtOutbox(database, standstillAlarmMs) },
    { name: 'dead-letters', look: async () => someOf('open', await countOpenDeadLetters(database)) },
    {
      name: 'unrouted',
      look: async () => someOf('messages that no queue is bound for', await unrouted.count()),
    },
    { name: 'topology', look: () => topology.look() },
  ];
}

async function lookAtOutbox(database: Database, standstillMs: number): Promise<string | undefined> {
  const { oldestPendingMs, setAside } = await outboxStandstill(database);
  const waitsFor = `the oldest unpublished event has waited for ${Math.round(oldestPendingMs / 1_000)} s`;
  const troubles = [
    ...(oldestPendingMs > standstillMs ? [waitsFor] : []),
    ...(setAside > 0 ? [`events set aside: ${setAside}`] : []),
  ];
  return troubles.length > 0 ? troubles.join('; ') : undefined;
}

function someOf(what: string, count: number): string | undefined {
  return count > 0 ? `${what}: ${count}` : undefined;
}
