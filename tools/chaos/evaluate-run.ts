import { Client } from 'pg';

import { audit } from '../audit/audit.js';
import { type IdleStatus, waitUntilIdle } from '../audit/wait-until-idle.js';
import type { AuditReport, InvariantId, InvariantResult } from '../audit/report.js';
import type { AuditSources } from '../audit/sources.js';
import type { JournalSummary } from './journal.js';
import { serviceNames } from '../client/api-types.js';

/** The promise: quiet comes about in bounded time after the last fault. */
const IDLE_TIMEOUT_MS = 180_000;
const CHECK_INTERVAL_MS = 1_000;

/** Which violations mean what; every other is a violation all the same. */
const lossInvariants: readonly InvariantId[] = ['Q1', 'Q5'];
const duplicationInvariants: readonly InvariantId[] = ['S3', 'S4', 'S7', 'Q4'];
const oversellingInvariants: readonly InvariantId[] = ['S1', 'S2'];

/** What has come of the orders, and whether that is as promised. */
export interface CampaignResult {
  readonly idle: IdleStatus;
  readonly report: AuditReport;
  readonly lost: number;
  readonly duplicated: number;
  readonly oversold: number;
  /** Everything that is not as promised, in words; empty where all is. */
  readonly problems: readonly string[];
}

/** What was seen while things broke. */
export interface Observations {
  readonly journal: JournalSummary;
  readonly violatedDuringFaults: readonly InvariantResult[];
  /** Processes that ended although nobody killed them. */
  readonly unexpectedExits: readonly string[];
  /** Why shoppers gave up, or a fault could not be brought about. */
  readonly failures: readonly string[];
}

/** Waits for quiet, audits, and judges. */
export async function waitAndEvaluate(
  sources: AuditSources,
  seen: Observations,
  onLook: (idle: IdleStatus) => void,
): Promise<CampaignResult> {
  const idle = await pollUntilIdle(sources, onLook);
  const report = await audit(sources, { acceptedIds: [...seen.journal.accepted] });
  return evaluate(idle, report, seen, await countOpenDeadLetters(sources));
}

/** In steps, so that somebody who watches sees what is still under way. */
async function pollUntilIdle(sources: AuditSources, onLook: (idle: IdleStatus) => void): Promise<IdleStatus> {
  const startedAt = performance.now();
  for (;;) {
    const idle = await waitUntilIdle(sources, CHECK_INTERVAL_MS);
    const waitedMs = performance.now() - startedAt;
    onLook(idle);
    if (idle.isIdle || waitedMs > IDLE_TIMEOUT_MS) return { ...idle, waitedMs };
  }
}

/** Pure: what was found, judged. */
export function evaluate(
  idle: IdleStatus,
  report: AuditReport,
  { journal, violatedDuringFaults, unexpectedExits, failures }: Observations,
  deadLetters: number,
): CampaignResult {
  const results = [...report.invariants, ...violatedDuringFaults];
  const violations = (ids: readonly InvariantId[]): number =>
    results.filter(({ id }) => ids.includes(id)).reduce((sum, { violationCount }) => sum + violationCount, 0);
  return {
    idle,
    report,
    lost: violations(lossInvariants),
    duplicated: violations(duplicationInvariants) + journal.keysWithTwoOrders.length,
    oversold: violations(oversellingInvariants),
    problems: [
      ...(idle.isIdle ? [] : [`not idle: ${idle.pending.map(({ en }) => en).join('; ')}`]),
      ...results.filter(({ holds }) => !holds).map(describeViolation),
      ...journal.keysWithTwoOrders.map((key) => `two orders were accepted under the key ${key}`),
      ...journal.neverAccepted.map((key) => `never accepted: ${key}`),
      // Nothing that was sent is poisonous.
      ...(deadLetters === 0 ? [] : [`open dead letters: ${deadLetters}`]),
      ...unexpectedExits,
      ...failures,
    ],
  };
}

function describeViolation({ id, statement, violations, violationCount }: InvariantResult): string {
  const shown = violations.slice(0, 3).map(({ problem, facts }) => `${problem.en} ${JSON.stringify(facts)}`);
  return `${id} is violated ${violationCount} times: ${statement.en}\n  ${shown.join('\n  ')}`;
}

async function countOpenDeadLetters({ databaseUrls }: AuditSources): Promise<number> {
  const sql = `SELECT count(*)::int AS count FROM dead_letters WHERE status = 'open'`;
  const counts = serviceNames.map((service) => queryCount(databaseUrls[service], sql));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** The column `count` of the one row of this query. */
export async function queryCount(databaseUrl: string, sql: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<{ count: number }>(sql)).rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}
