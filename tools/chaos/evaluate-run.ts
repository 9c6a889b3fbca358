import { audit } from '../audit/audit.js';
import type { AuditReport, InvariantId, InvariantResult } from '../audit/report.js';
import { type IdleStatus, waitUntilIdle } from '../audit/wait-until-idle.js';
import { serviceNames } from '../client/api-types.js';
import type { JournalSummary } from './journal.js';
import type { TestEnvironment } from './test-environment.js';

/** The shop must become idle within this time after the last fault. */
const IDLE_TIMEOUT_MS = 180_000;
const CHECK_INTERVAL_MS = 1_000;

/** Invariants whose violation counts as lost, duplicated or oversold; any other violation is a problem too. */
const lossInvariants: readonly InvariantId[] = ['Q1', 'Q5'];
const duplicationInvariants: readonly InvariantId[] = ['S3', 'S4', 'S7', 'Q4'];
const oversellingInvariants: readonly InvariantId[] = ['S1', 'S2'];

export interface CampaignResult {
  readonly idle: IdleStatus;
  readonly report: AuditReport;
  readonly lost: number;
  readonly duplicated: number;
  readonly oversold: number;
  /** One text for each guarantee that does not hold; empty if the run passed. */
  readonly problems: readonly string[];
}

/** Observations made while faults were injected. */
export interface Observations {
  readonly journal: JournalSummary;
  readonly violatedDuringFaults: readonly InvariantResult[];
  /** Processes that exited without a kill. */
  readonly unexpectedExits: readonly string[];
  /** Rejected requests, and faults that could not be injected or reverted. */
  readonly failures: readonly string[];
}

/** Waits up to 180 s until the shop is idle, audits it and evaluates the result. @throws SourceUnavailableError */
export async function waitAndEvaluate(
  environment: TestEnvironment,
  observations: Observations,
  onCheck: (idle: IdleStatus) => void,
): Promise<CampaignResult> {
  const { auditSources } = environment;
  const startedAt = performance.now();
  let idle: IdleStatus;
  do {
    idle = await waitUntilIdle(auditSources, CHECK_INTERVAL_MS);
    idle = { ...idle, waitedMs: performance.now() - startedAt };
    onCheck(idle);
  } while (!idle.isIdle && idle.waitedMs < IDLE_TIMEOUT_MS);
  const report = await audit(auditSources, { acceptedIds: [...observations.journal.accepted] });
  return evaluate(idle, report, observations, await countOpenDeadLetters(environment));
}

/** Lists every problem in the report and the observations; a pure function. */
export function evaluate(
  idle: IdleStatus,
  report: AuditReport,
  { journal, violatedDuringFaults, unexpectedExits, failures }: Observations,
  openDeadLetters: number,
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
      // The load contains no poison message.
      ...(openDeadLetters === 0 ? [] : [`open dead letters: ${openDeadLetters}`]),
      ...unexpectedExits,
      ...failures,
    ],
  };
}

function describeViolation({ id, statement, violations, violationCount }: InvariantResult): string {
  const shown = violations.slice(0, 3).map(({ problem, facts }) => `${problem.en} ${JSON.stringify(facts)}`);
  return `${id} is violated ${violationCount} times: ${statement.en}\n  ${shown.join('\n  ')}`;
}

async function countOpenDeadLetters(environment: TestEnvironment): Promise<number> {
  const sql = `SELECT count(*)::int AS count FROM dead_letters WHERE status = 'open'`;
  const counts = serviceNames.map((service) => environment.query<{ count: number }>(service, sql));
  return (await Promise.all(counts)).reduce((sum, [row]) => sum + (row?.count ?? 0), 0);
}
