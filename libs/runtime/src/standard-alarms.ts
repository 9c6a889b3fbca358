import type { Database } from '#database';
import { countOpenDeadLetters } from '#dead-letters';
import { type BrokerConnection, QueueProbe, UNROUTED } from '#messaging';
import { outboxStandstill } from '#outbox';
import type { AlarmCheck } from './alarms.js';

/** The alarms of every service. `standstillMs`: how long an event may wait for the broker. */
export function standardAlarms(
  database: Database,
  connection: BrokerConnection,
  standstillMs: number,
): readonly AlarmCheck[] {
  const unrouted = new QueueProbe(connection, UNROUTED);
  return [
    { name: 'outbox', look: () => lookAtOutbox(database, standstillMs) },
    { name: 'dead-letters', look: async () => someOf('open', await countOpenDeadLetters(database)) },
    {
      name: 'unrouted',
      look: async () => someOf('messages that no queue is bound for', await unrouted.count()),
    },
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
