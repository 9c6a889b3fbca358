import { Client } from 'pg';

import { audit } from '../audit/audit.js';
import { type Quiet, waitUntilQuiet } from '../audit/wait-until-idle.js';
import type { AuditReport, InvariantId, InvariantResult } from '../audit/report.js';
import type { AuditSources } from '../audit/sources.js';
import type { Told } from './journal.js';
import { serviceNames } from '../client/api-types.js';

/** The promise: quiet comes about in bounded time after the last fault. */
const QUIET_WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 1_000;

/** Which violations mean what; every other is a violation all the same. */
const lostBy: readonly InvariantId[] = ['Q1', 'Q5'];
const doubledBy: readonly InvariantId[] = ['S3', 'S4', 'S7', 'Q4'];
const oversoldBy: readonly InvariantId[] = ['S1', 'S2'];

/** What has come of the orders, and whether that is as promised. */
export interface Verdict {
  readonly quiet: Quiet;
  readonly report: AuditReport;
  readonly lost: number;
  readonly doubled: number;
  readonly oversold: number;
  /** Everything that is not as promised, in words; empty where all is. */
  readonly wrongs: readonly string[];
}

/** What was seen while things broke. */
export interface Seen {
  readonly told: Told;
  readonly violatedUnderFire: readonly InvariantResult[];
  /** Processes that ended although nobody killed them. */
  readonly endings: readonly string[];
  /** Why shoppers gave up, or a fault could not be brought about. */
  readonly failures: readonly string[];
}

/** Waits for quiet, audits, and judges. */
export async function judge(
  sources: AuditSources,
  seen: Seen,
  onLook: (quiet: Quiet) => void,
): Promise<Verdict> {
  const quiet = await quietOf(sources, onLook);
  const report = await audit(sources, { accepted: [...seen.told.accepted] });
  return verdictOf(quiet, report, seen, await openDeadLetters(sources));
}

/** In steps, so that somebody who watches sees what is still under way. */
async function quietOf(sources: AuditSources, onLook: (quiet: Quiet) => void): Promise<Quiet> {
  const startedAt = performance.now();
  for (;;) {
    const quiet = await waitUntilQuiet(sources, LOOK_EVERY_MS);
    const waitedMs = performance.now() - startedAt;
    onLook(quiet);
    if (quiet.isQuiet || waitedMs > QUIET_WITHIN_MS) return { ...quiet, waitedMs };
  }
}

/** Pure: what was found, judged. */
export function verdictOf(
  quiet: Quiet,
  report: AuditReport,
  { told, violatedUnderFire, endings, failures }: Seen,
  deadLetters: number,
): Verdict {
  const results = [...report.invariants, ...violatedUnderFire];
  const violations = (ids: readonly InvariantId[]): number =>
    results.filter(({ id }) => ids.includes(id)).reduce((sum, { violationCount }) => sum + violationCount, 0);
  return {
    quiet,
    report,
    lost: violations(lostBy),
    doubled: violations(doubledBy) + told.contradicted.length,
    oversold: violations(oversoldBy),
    wrongs: [
      ...(quiet.isQuiet ? [] : [`not quiet: ${quiet.underWay.map(({ en }) => en).join('; ')}`]),
      ...results.filter(({ holds }) => !holds).map(describeViolation),
      ...told.contradicted.map((key) => `two orders were accepted under the key ${key}`),
      ...told.unanswered.map((key) => `never answered: ${key}`),
      // Nothing that was sent is poisonous.
      ...(deadLetters === 0 ? [] : [`open dead letters: ${deadLetters}`]),
      ...endings,
      ...failures,
    ],
  };
}

function describeViolation({ id, statement, violations, violationCount }: InvariantResult): string {
  const shown = violations.slice(0, 3).map(({ problem, facts }) => `${problem.en} ${JSON.stringify(facts)}`);
  return `${id} is violated ${violationCount} times: ${statement.en}\n  ${shown.join('\n  ')}`;
}

async function openDeadLetters({ databaseUrls }: AuditSources): Promise<number> {
  const sql = `SELECT count(*)::int AS count FROM dead_letters WHERE status = 'open'`;
  const counts = serviceNames.map((service) => countIn(databaseUrls[service], sql));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** The column `count` of the one row of this query. */
export async function countIn(databaseUrl: string, sql: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<{ count: number }>(sql)).rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}
