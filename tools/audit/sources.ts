import { type Service, services } from '#contracts';
import type { BrokerAccess } from './broker.js';
import { Snapshot } from './snapshot.js';

/** The sources that the audit reads. It writes to none. */
export interface AuditSources {
  readonly databaseUrls: Readonly<Record<Service, string>>;
  /** `http://host:port` of the payment gateway, for its ledger. Default: Q4 and a part of Q3 are not checked. */
  readonly gatewayUrl?: string | undefined;
  /** Default: queues are not counted and `unrouted` is not checked. */
  readonly broker?: BrokerAccess | undefined;
}

export type Snapshots = Readonly<Record<Service, Snapshot>>;

/** Opens a snapshot of each database, runs `work`, and closes them. @throws SourceUnavailableError */
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
