import type { Fault, FaultKind } from './plan.js';
import { faultKinds } from './plan.js';
import type { JournalSummary } from './journal.js';
import type { CampaignResult } from './evaluate-run.js';
import type { RecordedMessages } from './message-recorder.js';

/** One run, over. */
export interface CampaignSummary {
  readonly seed: number;
  readonly minutes: number;
  readonly commit: string | undefined;
  /** Those that did happen. */
  readonly faults: readonly Fault[];
  readonly journal: JournalSummary;
  readonly recorded: RecordedMessages;
  /** Requests that the gateway had seen before. */
  readonly repeatedGatewayRequests: number;
  readonly continuousAudits: number;
  readonly result: CampaignResult;
  /** Where what was asked and answered is written down. */
  readonly folder: string;
}

/** What happened, for a person; how to have it again, where something is wrong. */
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
    ['duplicates seen', ''],
    ['  published', `${formatCount(recorded.duplicates)} of ${formatCount(recorded.total)} messages`],
    ['  at the gateway', `${formatCount(run.repeatedGatewayRequests)} requests`],
    ['  from clients', `${formatCount(journal.requests - journal.accepted.size)} requests`],
    ['audits during faults', `${run.continuousAudits} times, all databases at once`],
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
    `The same faults again: ${checkout}npm run chaos -- --seed ${seed} --minutes ${minutes}`,
    `What was asked and answered, and all logs: ${folder}`,
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
