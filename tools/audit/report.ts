import type { TranslatedText } from './translated-text.js';

/** As `docs/guarantees.md` names them. S: at every instant. Q: once things are quiet. */
export const instantIds = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7'] as const;
export const idleIds = ['Q1', 'Q2', 'Q3', 'Q4', 'Q5', 'Q6', 'Q7'] as const;

export type InvariantId = (typeof instantIds)[number] | (typeof idleIds)[number];

export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** Something that contradicts an invariant: what is wrong, and the data that shows it. */
export interface Violation {
  readonly problem: TranslatedText;
  readonly facts: Facts;
}

export interface InvariantResult {
  readonly id: InvariantId;
  readonly statement: TranslatedText;
  /** No violation was found in what could be checked; see {@link unchecked}. */
  readonly holds: boolean;
  /** How many rows, orders or messages were looked at. */
  readonly checked: number;
  /** The first of them, at most {@link VIOLATIONS_SHOWN_MAX} per check. */
  readonly violations: readonly Violation[];
  /** All of them. */
  readonly violationCount: number;
  /** What could not be checked, and why. */
  readonly unchecked: readonly TranslatedText[];
  /** What an operator may want to know although it violates nothing. */
  readonly remarks: readonly TranslatedText[];
}

export interface AuditReport {
  /** Every invariant that was checked holds. */
  readonly holds: boolean;
  /** In the order of their ids. */
  readonly invariants: readonly InvariantResult[];
}

export const VIOLATIONS_SHOWN_MAX = 20;

/** Collects what one invariant's checks find. */
export class Findings {
  private checked = 0;
  private violationCount = 0;
  private readonly violations: Violation[] = [];
  private readonly unchecked: TranslatedText[] = [];
  private readonly remarks: TranslatedText[] = [];

  addChecked(count: number): void {
    this.checked += count;
  }

  /** @param count of how many violations `shown` are the first */
  addViolations(shown: readonly Violation[], count = shown.length): void {
    this.violations.push(...shown);
    this.violationCount += count;
  }

  /** One of perhaps very many: only the first are kept. */
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
