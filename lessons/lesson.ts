import type { Service } from '#contracts';
import type { TranslatedText } from '../tools/audit/translated-text.js';
import type { ShopClient } from '../tools/client/shop-client.js';
import type { Broker } from '../tools/demo/broker.js';
import type { DatabaseReader } from '../tools/demo/database-reader.js';
import type { ShopControl } from '../tools/lesson/shop-control.js';
import type { SandboxUrls } from './naive/sandbox.js';

/** One number that a run prints: `lost 3`. */
export interface Count {
  readonly label: TranslatedText;
  readonly value: number;
  /** Every unit of the value breaks the promise of the lesson. Default: false. */
  readonly isViolation?: boolean;
  /** Printed by `--check` if the value is a violation above 0: its cause, and the next step. */
  readonly advice?: TranslatedText;
}

/** The running shop, and the database and broker user of the naive programs. */
export interface LessonContext {
  readonly shop: ShopClient;
  readonly database: DatabaseReader;
  readonly broker: Broker;
  readonly control: ShopControl;
  readonly sandbox: SandboxUrls;
  /** Prints one line of progress. */
  readonly report: (text: TranslatedText) => void;
}

/** One run of a naive program with one mistake. */
export interface NaiveRun {
  /** The file and the function of the mistake; its source is printed beside the counts. */
  readonly source: { readonly file: string; readonly name: string };
  readonly run: (context: LessonContext) => Promise<readonly Count[]>;
}

/** A query whose rows a lesson prints after the run. */
export interface RowsToShow {
  readonly service: Service;
  /** One line of SQL without parameters, so that it can be pasted into `psql`. */
  readonly sql: string;
}

/** The result of the shop's run. */
export interface ShopRun {
  readonly counts: readonly Count[];
  readonly rows: readonly RowsToShow[];
}

export interface LessonTexts {
  /** The name of the failure or the pattern, with the terms that readers search for. */
  readonly title: TranslatedText;
  /** The situation, and the question that the reader answers before the run. */
  readonly predict: TranslatedText;
  /** Why the naive way fails. */
  readonly mistake: TranslatedText;
  /** How the shop avoids the failure. */
  readonly ours: TranslatedText;
  /** The change that the exercise asks for. */
  readonly task: TranslatedText;
}

/** Loads the reader's module; every call returns a new instance, as after a restart of the process. */
export type LoadExercise<Exercise> = () => Promise<Exercise>;

export interface Lesson<Exercise = unknown> {
  readonly number: number;
  /** The name of its folder. */
  readonly slug: string;
  readonly texts: LessonTexts;
  readonly naive: readonly NaiveRun[];
  readonly ours: (context: LessonContext) => Promise<ShopRun>;
  /** The exports that the exercise must have. */
  readonly exports: readonly (keyof Exercise & string)[];
  /** Runs the faults of the naive run against the reader's code. */
  readonly check: (context: LessonContext, load: LoadExercise<Exercise>) => Promise<readonly Count[]>;
  /** The files to open next: the shop's code, then the test that proves it. */
  readonly readNext: readonly string[];
}

/** A lesson whose exercise may have any type: an element of the list of lessons. */
export type AnyLesson = Lesson<never>;

/** A count whose every unit breaks the promise of the lesson. */
export function violation(label: TranslatedText, value: number, advice?: TranslatedText): Count {
  return { label, value, isViolation: true, ...(advice !== undefined && { advice }) };
}

/** Sums the counts that break the promise. */
export function countViolations(counts: readonly Count[]): number {
  return counts.reduce((sum, { isViolation = false, value }) => sum + (isViolation ? value : 0), 0);
}
