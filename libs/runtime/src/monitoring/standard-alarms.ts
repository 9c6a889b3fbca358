import type { Database } from '#database';
import { countOpenDeadLetters } from '#dead-letters';
import { QueueDepth, UNROUTED } from '#messaging';
import { outboxLag } from '#outbox';
import type { AlarmCheck } from './alarms.js';
import type { Messaging, RuntimeOptions } from '../messaging.js';
import { createDriftCheck } from './topology-alarm.js';

/** The alarms of every service: `outbox`, `dead-letters`, `unrouted` and `topology`. */
export function standardAlarms(
  options: RuntimeOptions,
  database: Database,
  { consumerConnection }: Messaging,
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

/** No alarm for 0. */
function describeCount(label: string, count: number): string | undefined {
  return count > 0 ? `${label}: ${count}` : undefined;
}
