import type { CampaignResult } from './evaluate-run.js';
import type { JournalSummary } from './journal.js';
import type { MessageRecorder } from './message-recorder.js';
import { type Fault, type FaultKind, faultKinds } from './plan.js';

export interface CampaignSummary {
  readonly seed: number;
  readonly minutes: number;
  readonly commit: string | undefined;
  /** Faults that were injected. */
  readonly faults: readonly Fault[];
  readonly journal: JournalSummary;
  readonly recorded: Pick<MessageRecorder, 'total' | 'duplicateCount'>;
  /** Requests to the gateway beyond the first under each key. */
  readonly repeatedGatewayRequests: number;
  /** Checks during the faults that read every database and found no violation. */
  readonly continuousAudits: number;
  readonly result: CampaignResult;
  /** Contains the journal and, after a failed run, all logs. */
  readonly folder: string;
}

/** The result as text; after a failed run with the command that repeats its faults. */
export function describeRun(run: CampaignSummary): string {
  const { journal, recorded, result } = run;
  const { idle, lost, duplicated, oversold, problems } = result;
  const rows: readonly (readonly [string, string])[] = [
    [
      'orders',
      `${formatCount(journal.accepted.size)} accepted, ${formatCount(journal.requests)} requests for them`,
    ],
    ['faults', `${run.faults.length}`],
    ...countByKind(run.faults).map(([kind, times]) => [`  ${kind}`, String(times)] as const),
    ['duplicates', ''],
    ['  published', `${formatCount(recorded.duplicateCount)} of ${formatCount(recorded.total)} messages`],
    ['  at the gateway', `${formatCount(run.repeatedGatewayRequests)} requests`],
    ['  from clients', `${formatCount(journal.requests - journal.accepted.size)} requests`],
    ['audits passed during faults', `${run.continuousAudits}`],
    ['idle', idle.isIdle ? `after ${(idle.waitedMs / 1000).toFixed(1)} s` : 'never'],
    ['lost', formatCount(lost)],
    ['duplicated', formatCount(duplicated)],
    ['oversold', formatCount(oversold)],
  ];
  return [
    `seed ${run.seed}, ${run.minutes} min, commit ${run.commit ?? 'unknown'}`,
    ...rows.map(([name, value]) => `  ${name.padEnd(36)}${value}`.trimEnd()),
    ...(problems.length === 0 ? ['All checks passed.'] : describeProblems(run)),
  ].join('\n');
}

function describeProblems({ seed, minutes, commit, folder, result }: CampaignSummary): string[] {
  const checkout = commit === undefined ? '' : `git checkout ${commit.replace('-dirty', '')} && `;
  return [
    'FAILED:',
    ...result.problems.map((problem) => `  ${problem.replaceAll('\n', '\n  ')}`),
    `Repeat these faults: ${checkout}npm run chaos -- --seed ${seed} --minutes ${minutes}`,
    `Journal and logs: ${folder}`,
  ];
}

function countByKind(faults: readonly Fault[]): [FaultKind, number][] {
  return faultKinds
    .map((kind): [FaultKind, number] => [kind, faults.filter((fault) => fault.kind === kind).length])
    .filter(([, times]) => times > 0);
}

function formatCount(value: number): string {
  return value.toLocaleString('en');
}
