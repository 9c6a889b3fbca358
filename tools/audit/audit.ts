import { readOrderRecords } from './order-records.js';
import { instantInvariants, idleInvariants } from './invariants/all.js';
import type { AuditContext, Invariant, SqlCheck } from './invariants/invariant.js';
import { type AuditReport, Findings, type Facts, VIOLATIONS_SHOWN_MAX } from './report.js';
import type { Snapshot } from './snapshot.js';
import { type AuditSources, type Snapshots, withSnapshots } from './sources.js';

export interface AuditOptions {
  /** Check only the S invariants. Default false: all, which requires an idle shop. */
  readonly instant?: boolean | undefined;
  /** Ids of the orders for which a client received 202; Q1 checks that each exists. Default: none. */
  readonly acceptedIds?: readonly string[] | undefined;
}

/**
 * Checks the invariants of docs/explanation/guarantees.md against the records of the services. Read-only; the services need not
 * run. Each database is read from one snapshot, so the S invariants can be checked under load. Call `waitUntilIdle`
 * before checking the Q invariants: work in progress would be reported as a violation.
 *
 * @throws SourceUnavailableError when a configured source is unavailable; there is no partial report
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

/** Checks all invariants of orders in one pass over the order records. */
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
