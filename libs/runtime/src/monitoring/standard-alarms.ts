import type { Database } from '#database';
import { countOpenDeadLetters } from '#dead-letters';
import { QueueDepth, UNROUTED } from '#messaging';
import { outboxLag } from '#outbox';
import type { AlarmCheck } from './alarms.js';
import type { Messaging, RuntimeOptions } from '../messaging.js';
import type { RetentionJob } from '../retention/retention-job.js';
import { createDriftCheck } from './topology-alarm.js';

/** Time, in ms, after which a table with expired rows raises the alarm: sixty rounds with the default interval. */
const RETENTION_OVERDUE_MAX_MS = 3_600_000;

/** The alarms of every service: `outbox`, `dead-letters`, `unrouted`, `topology` and `retention`. */
export function standardAlarms(
  options: RuntimeOptions,
  database: Database,
  { consumerConnection }: Messaging,
  retention: RetentionJob,
): readonly AlarmCheck[] {
  const { stalledAfterMs } = options.config;
  const unrouted = new QueueDepth(consumerConnection, UNROUTED);
  const topology = createDriftCheck(options, consumerConnection);
  return [
    { name: 'outbox', check: () => checkOutbox(database, stalledAfterMs) },
    { name: 'dead-letters', check: async () => describeCount('open', await countOpenDeadLetters(database)) },
    {
      name: 'unrouted',
      check: async () => describeCount('messages bound to no queue', await unrouted.read()),
    },
    { name: 'topology', check: () => topology.check() },
    { name: 'retention', check: () => Promise.resolve(checkRetention(retention)) },
  ];
}

/** Reports a pending event older than `stalledAfterMs`, and every parked event: only an operator releases it. */
async function checkOutbox(database: Database, stalledAfterMs: number): Promise<string | undefined> {
  const { oldestPendingMs, parked } = await outboxLag(database);
  const oldestDetail = `the oldest unpublished event has waited for ${Math.round(oldestPendingMs / 1_000)} s`;
  const problems = [
    ...(oldestPendingMs > stalledAfterMs ? [oldestDetail] : []),
    ...(parked > 0 ? [`events parked: ${parked}`] : []),
  ];
  return problems.length > 0 ? problems.join('; ') : undefined;
}

/** Reports tables whose oldest row has exceeded its retention by more than an hour. */
function checkRetention({ overdueMs }: RetentionJob): string | undefined {
  const overdue = [...overdueMs].filter(([, ms]) => ms > RETENTION_OVERDUE_MAX_MS);
  const tables = overdue.map(([table, ms]) => `${table} (${Math.floor(ms / 60_000)} min)`);
  return tables.length > 0 ? `rows older than their retention: ${tables.join(', ')}` : undefined;
}

/** No alarm for 0. */
function describeCount(label: string, count: number): string | undefined {
  return count > 0 ? `${label}: ${count}` : undefined;
}
