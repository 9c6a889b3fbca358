import { readOrderRecords } from './order-records.js';
import { instantInvariants, idleInvariants } from './invariants/all.js';
import type { AuditContext, Invariant, SqlCheck } from './invariants/invariant.js';
import { type AuditReport, Findings, type Facts, VIOLATIONS_SHOWN_MAX } from './report.js';
import type { Snapshot } from './snapshot.js';
import { type AuditSources, type Snapshots, withSnapshots } from './sources.js';

export interface AuditOptions {
  /** Only the invariants that hold at every instant. Default false: all, and then all must be quiet. */
  readonly instant?: boolean | undefined;
  /** Ids of the orders that a client was told were accepted; Q1 looks for each of them. */
  readonly acceptedIds?: readonly string[] | undefined;
}

/**
 * Checks the invariants of docs/guarantees.md against what the services have on record. Reads only; the services need
 * not run. Each database is seen as it is at one instant, so the S invariants may be checked under load. Before the Q
 * invariants wait until all is quiet (see `waitUntilIdle`): what is still under way would look like a violation.
 *
 * @throws SourceUnavailableError when something that was given cannot be read: nothing is known then
 */
export function audit(
  sources: AuditSources,
  { instant = false, acceptedIds = [] }: AuditOptions = {},
): Promise<AuditReport> {
  const context = { sources };
  return withSnapshots(sources, async (snapshots) => {
    const invariants = instant ? instantInvariants : [...instantInvariants, ...idleInvariants];
    const found = new Map(invariants.map((invariant) => [invariant, new Findings()]));
    for (const [{ sql = [] }, findings] of found) {
      for (const check of sql) await checkBySql(snapshots[check.service], check, findings);
    }
    if (!instant) await checkOrders(snapshots, context, acceptedIds, found);
    for (const [{ checkDatabases }, findings] of found) await checkDatabases?.(snapshots, context, findings);
    const results = [...found].map(([{ id, statement }, findings]) => findings.resultFor(id, statement));
    return { holds: results.every(({ holds }) => holds), invariants: results };
  });
}

async function checkBySql(
  snapshot: Snapshot,
  { violations, values = [], count, problem }: SqlCheck,
  findings: Findings,
): Promise<void> {
  if (count !== undefined) {
    const [row] = await snapshot.rows<{ count: number }>(count);
    findings.addChecked(row?.count ?? 0);
  }
  const limited = `SELECT *, count(*) OVER () AS "_total" FROM (${violations}) AS v LIMIT ${VIOLATIONS_SHOWN_MAX}`;
  const rows = await snapshot.rows<Facts & { readonly _total: number }>(limited, values);
  const shown = rows.map(({ _total, ...facts }) => ({ problem, facts }));
  findings.addViolations(shown, rows[0]?._total ?? 0);
}

/** One pass over the books of all orders, for every invariant that reads them. */
async function checkOrders(
  snapshots: Snapshots,
  context: AuditContext,
  accepted: readonly string[],
  found: ReadonlyMap<Invariant, Findings>,
): Promise<void> {
  for await (const records of readOrderRecords(snapshots, context.sources.gatewayUrl, accepted)) {
    for (const [{ checkOrder, appliesToOrder }, findings] of found) {
      if (appliesToOrder?.(records, context)) findings.addChecked(1);
      for (const { problem, facts } of checkOrder?.(records, context) ?? [])
        findings.addViolation(problem, facts);
    }
  }
}
