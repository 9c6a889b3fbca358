import type { Fault, FaultKind } from './plan.js';
import { faultKinds } from './plan.js';
import type { Told } from './journal.js';
import type { Verdict } from './evaluate-run.js';
import type { Wire } from './message-recorder.js';

/** One run, over. */
export interface Run {
  readonly seed: number;
  readonly minutes: number;
  readonly commit: string | undefined;
  /** Those that did happen. */
  readonly faults: readonly Fault[];
  readonly told: Told;
  readonly wire: Wire;
  /** Requests that the gateway had seen before. */
  readonly gatewayRepeats: number;
  readonly auditsUnderFire: number;
  readonly verdict: Verdict;
  /** Where what was asked and answered is written down. */
  readonly folder: string;
}

/** What happened, for a person; how to have it again, where something is wrong. */
export function describeRun(run: Run): string {
  const { told, wire, verdict } = run;
  const { quiet, lost, doubled, oversold, wrongs } = verdict;
  const rows: readonly (readonly [string, string])[] = [
    ['orders', `${count(told.accepted.size)} accepted, ${count(told.requests)} requests for them`],
    ['faults', `${run.faults.length}`],
    ...countsOf(run.faults).map(([kind, times]) => [`  ${kind}`, String(times)] as const),
    ['duplicates seen', ''],
    ['  on the wire', `${count(wire.duplicates)} of ${count(wire.messages)} messages`],
    ['  at the gateway', `${count(run.gatewayRepeats)} requests`],
    ['  from the shoppers', `${count(told.requests - told.accepted.size)} requests`],
    ['audited under fire', `${run.auditsUnderFire} times, all databases at once`],
    ['quiet', quiet.isQuiet ? `after ${(quiet.waitedMs / 1000).toFixed(1)} s` : 'never'],
    ['lost', count(lost)],
    ['doubled', count(doubled)],
    ['oversold', count(oversold)],
  ];
  return [
    `seed ${run.seed}, ${run.minutes} min, commit ${run.commit ?? 'unknown'}`,
    ...rows.map(([name, value]) => `  ${name.padEnd(36)}${value}`.trimEnd()),
    ...(wrongs.length === 0 ? ['Nothing is wrong.'] : describeWrongs(run)),
  ].join('\n');
}

function describeWrongs({ seed, minutes, commit, folder, verdict }: Run): string[] {
  const checkout = commit === undefined ? '' : `git checkout ${commit.replace('-dirty', '')} && `;
  return [
    'WRONG:',
    ...verdict.wrongs.map((wrong) => `  ${wrong.replaceAll('\n', '\n  ')}`),
    `The same faults again: ${checkout}npm run chaos -- --seed ${seed} --minutes ${minutes}`,
    `What was asked and answered, and all logs: ${folder}`,
  ];
}

function countsOf(faults: readonly Fault[]): [FaultKind, number][] {
  return faultKinds
    .map((kind): [FaultKind, number] => [kind, faults.filter((fault) => fault.kind === kind).length])
    .filter(([, times]) => times > 0);
}

function count(value: number): string {
  return value.toLocaleString('en');
}
