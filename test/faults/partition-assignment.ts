import { waitUntil } from '../../tools/client/wait-until.js';
import type { FaultEnvironment } from './fault-environment.js';

/** The guarantee: an added replica receives its partitions, and a killed one loses them, within this time. */
const ASSIGNMENT_TIMEOUT_MS = 10_000;

interface ConsumerEntry {
  readonly queue: { readonly name: string };
  readonly active: boolean;
  readonly channel_details: { readonly connection_name?: string };
}

/** Waits until the replicas' numbers of active partitions of a consumer, largest first, equal `wanted`. @throws WaitTimeoutError */
export async function waitForPartitionAssignment(
  environment: FaultEnvironment,
  consumer: string,
  ...wanted: readonly number[]
): Promise<void> {
  const isWanted = (now: number[]): boolean => String(now) === String(wanted);
  const description = `partitions of ${consumer} shared ${wanted.join(', ')}`;
  await waitUntil(description, () => partitionsPerReplica(environment, consumer), isWanted, {
    timeoutMs: ASSIGNMENT_TIMEOUT_MS,
  });
}

async function partitionsPerReplica(environment: FaultEnvironment, consumer: string): Promise<number[]> {
  const entries = await environment.callManagementApi<ConsumerEntry[]>('GET', '/consumers/:vhost');
  const byReplica = new Map<string, number>();
  for (const { queue, active, channel_details: channel } of entries) {
    if (!queue.name.startsWith(`${consumer}.`)) continue;
    const replica = channel.connection_name ?? '';
    byReplica.set(replica, (byReplica.get(replica) ?? 0) + Number(active));
  }
  return [...byReplica.values()].toSorted((one, other) => other - one);
}
