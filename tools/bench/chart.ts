import { percentile } from './statistics.js';

/** Lines over a common axis, for the report. */
export interface Chart {
  readonly title: string;
  readonly unit: string;
  /** What {@link at} counts: seconds since the first look, or percent of everything that was measured. */
  readonly axis: 'seconds' | 'percentiles';
  readonly at: readonly number[];
  /** A value for each of {@link at}; null where there is none. */
  readonly lines: Readonly<Record<string, readonly (number | null)[]>>;
}

const PERCENTILES = [0, 25, 50, 75, 90, 95, 99, 99.9, 100];

/** How values are spread: one line for each set of them. */
export function percentileChart(
  title: string,
  unit: string,
  sets: Readonly<Record<string, readonly number[]>>,
): Chart {
  const lineOf = (values: readonly number[]): number[] =>
    PERCENTILES.map((percent) => percentile(values, percent));
  const lines = Object.fromEntries(Object.entries(sets).map(([name, values]) => [name, lineOf(values)]));
  return { title, unit, axis: 'percentiles', at: PERCENTILES, lines };
}
