import { type Service, services } from '#contracts';
import type { BrokerAccess } from './broker.js';
import { Snapshot } from './snapshot.js';

/** Where the audit reads. It writes nowhere. */
export interface AuditSources {
  readonly databaseUrls: Readonly<Record<Service, string>>;
  /** `http://host:port` of the payment gateway, for its ledger. Without it Q4 and a part of Q3 are not checked. */
  readonly gatewayUrl?: string | undefined;
  /** Without it the queues are not counted, and `unrouted` is not looked at. */
  readonly broker?: BrokerAccess | undefined;
}

export type Snapshots = Readonly<Record<Service, Snapshot>>;

/** Runs `work` on a snapshot of each database, and gives them back. @throws SourceUnavailableError */
export async function withSnapshots<Result>(
  { databaseUrls }: AuditSources,
  work: (snapshots: Snapshots) => Promise<Result>,
): Promise<Result> {
  const opened = await Promise.allSettled(
    services.map((service) => Snapshot.open(service, databaseUrls[service])),
  );
  const open = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  try {
    const failed = opened.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    return await work(Object.fromEntries(open.map((snapshot) => [snapshot.service, snapshot])) as Snapshots);
  } finally {
    await Promise.all(open.map((snapshot) => snapshot.close()));
  }
}
