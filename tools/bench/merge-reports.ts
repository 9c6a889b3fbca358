import { isDeepStrictEqual } from 'node:util';
import { scenarioNames } from './arguments.js';
import type { Report } from './report.js';

/**
 * A report, and what an earlier one has of the scenarios that were not measured again, if it was made on the same machine
 * and as long. A scenario that is void now has no figures, whatever it had before: a failure is not hidden behind an old
 * success. What this version does not measure any more is dropped.
 */
export function mergeReports(report: Report, earlier: Report | undefined): Report {
  if (!earlier || !isComparable(report, earlier)) return report;
  const names = scenarioNames.filter((name) => report.results.has(name) || earlier.results.has(name));
  const results = new Map(
    names.map((name) => [name, (report.results.get(name) ?? earlier.results.get(name))!] as const),
  );
  const all = [...results.values()];
  const loadAverage = Math.max(...all.map((found) => found.loadAverage));
  const notMeasured = [...new Set(all.flatMap((found) => found.notMeasured))];
  return { ...report, machine: { ...report.machine, loadAverage }, notMeasured, results };
}

function isComparable(one: Report, other: Report): boolean {
  const [machine, otherMachine] = [one, other].map((report) => ({ ...report.machine, loadAverage: 0 }));
  return one.quick === other.quick && isDeepStrictEqual(machine, otherMachine);
}
