import type { TranslatedText } from './translated-text.js';

/** The ids of `docs/explanation/guarantees.md`. S invariants hold at every instant, Q invariants when the shop is idle. */
export const instantIds = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7'] as const;
export const idleIds = ['Q1', 'Q2', 'Q3', 'Q4', 'Q5', 'Q6', 'Q7'] as const;

export type InvariantId = (typeof instantIds)[number] | (typeof idleIds)[number];

export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** One violation of an invariant: the problem, and the data that shows it. */
export interface Violation {
  readonly problem: TranslatedText;
  readonly facts: Facts;
}

export interface InvariantResult {
  readonly id: InvariantId;
  readonly statement: TranslatedText;
  /** No check found a violation; see {@link unchecked} for the checks that did not run. */
  readonly holds: boolean;
  /** The number of checked rows, orders or messages. */
  readonly checked: number;
  /** The first violations, at most {@link VIOLATIONS_SHOWN_MAX} per check. */
  readonly violations: readonly Violation[];
  /** The number of all violations. */
  readonly violationCount: number;
  /** Checks that did not run, and why. */
  readonly unchecked: readonly TranslatedText[];
  /** Facts for an operator that violate no invariant. */
  readonly remarks: readonly TranslatedText[];
}

export interface AuditReport {
  /** Whether every checked invariant holds. */
  readonly holds: boolean;
  /** In the order of their ids. */
  readonly invariants: readonly InvariantResult[];
}

export const VIOLATIONS_SHOWN_MAX = 20;

/** Collects the results of one invariant's checks. */
export class Findings {
  private checked = 0;
  private violationCount = 0;
  private readonly violations: Violation[] = [];
  private readonly unchecked: TranslatedText[] = [];
  private readonly remarks: TranslatedText[] = [];

  addChecked(count: number): void {
    this.checked += count;
  }

  /**
   * @param shown the first violations
   * @param count the number of all violations
   */
  addViolations(shown: readonly Violation[], count = shown.length): void {
    this.violations.push(...shown);
    this.violationCount += count;
  }

  /** Counts a violation, and keeps it if it is one of the first {@link VIOLATIONS_SHOWN_MAX}. */
  addViolation(problem: TranslatedText, facts: Facts): void {
    if (this.violationCount < VIOLATIONS_SHOWN_MAX) this.violations.push({ problem, facts });
    this.violationCount += 1;
  }

  addUnchecked(description: TranslatedText): void {
    this.unchecked.push(description);
  }

  addRemark(remark: TranslatedText): void {
    this.remarks.push(remark);
  }

  resultFor(id: InvariantId, statement: TranslatedText): InvariantResult {
    const { checked, violations, violationCount, unchecked, remarks } = this;
    const holds = violationCount === 0;
    return { id, statement, holds, checked, violations, violationCount, unchecked, remarks };
  }
}
