import { setTimeout as delay } from 'node:timers/promises';

import {
  type AnyLesson,
  type Count,
  countViolations,
  type LessonContext,
  type RowsToShow,
} from '../../lessons/lesson.js';
import type { Language } from '../audit/translated-text.js';
import type { Screen } from '../demo/screen.js';
import { pad } from '../terminal/layout.js';
import type { Part } from './arguments.js';
import { copyExercise, exercisePath, loadExercise } from './exercise-file.js';
import { markPassed } from './progress.js';
import { readFunction } from './read-function.js';
import type { Translations } from './translations.js';

const CHECK_TIMEOUT_MS = 60_000;

/** The output of a lesson. */
export interface LessonOutput {
  readonly screen: Screen;
  readonly language: Language;
  readonly translations: Translations;
  /** Waits for the reader between two parts. */
  readonly pause: () => Promise<void>;
}

/** Runs a part of a lesson. @returns whether it showed the expected: naive violates, the shop does not, the check passes */
export async function runLesson(
  lesson: AnyLesson,
  part: Part,
  context: LessonContext,
  output: LessonOutput,
): Promise<boolean> {
  const { screen, language, translations } = output;
  const { title, predict } = lesson.texts;
  screen.heading(String(lesson.number), title[language]);
  if (part === 'check') return checkExercise(lesson, context, output);
  if (part === 'all') {
    showPart(output, translations.predict, predict[language]);
    await output.pause();
  }
  const hasFailed = part === 'ours' || (await runNaive(lesson, context, output));
  if (part === 'naive') return hasFailed;
  if (part === 'all') await output.pause();
  const isKept = await runOurs(lesson, context, output);
  if (part === 'all') {
    await output.pause();
    await giveExercise(lesson, output);
  }
  return hasFailed && isKept;
}

async function runNaive(lesson: AnyLesson, context: LessonContext, output: LessonOutput): Promise<boolean> {
  const { screen, language, translations } = output;
  showPart(output, translations.naive);
  let hasFailed = true;
  for (const [index, { source, run }] of lesson.naive.entries()) {
    if (index > 0) screen.line();
    screen.evidence(screen.style('dim', source.file));
    for (const line of await readFunction(source)) screen.evidence(screen.style('cyan', line));
    const counts = await screen.withStatus(translations.naiveRunning, () => run(context));
    showCounts(output, counts);
    hasFailed &&= countViolations(counts) > 0;
  }
  screen.line();
  screen.prose(lesson.texts.mistake[language]);
  return hasFailed;
}

async function runOurs(lesson: AnyLesson, context: LessonContext, output: LessonOutput): Promise<boolean> {
  const { screen, language, translations } = output;
  showPart(output, translations.ours, lesson.texts.ours[language]);
  const { counts, rows } = await screen.withStatus(translations.oursRunning, () => lesson.ours(context));
  showCounts(output, counts);
  if (rows.length > 0) showPart(output, translations.rows);
  for (const query of rows) await showRows(query, context, output);
  return countViolations(counts) === 0;
}

async function giveExercise(lesson: AnyLesson, output: LessonOutput): Promise<void> {
  const { screen, language, translations } = output;
  await copyExercise(lesson.slug);
  showPart(output, translations.exercise, lesson.texts.task[language]);
  screen.evidence(translations.edit(exercisePath(lesson.slug)));
  screen.evidence(translations.thenCheck(lesson.slug));
  screen.line();
  screen.line(translations.readNext);
  for (const file of lesson.readNext) screen.evidence(file);
}

async function checkExercise(
  lesson: AnyLesson,
  context: LessonContext,
  output: LessonOutput,
): Promise<boolean> {
  const { screen, language, translations } = output;
  await copyExercise(lesson.slug);
  showPart(output, translations.check, lesson.texts.task[language]);
  const load = await loadExercise(exercisePath(lesson.slug), lesson.exports);
  const status = translations.checkRunning(exercisePath(lesson.slug));
  const timedOut = new AbortController();
  // A promise that the reader's code does not await is counted by its effect; it must not end this process.
  const ignoreRejection = (): void => {};
  process.on('unhandledRejection', ignoreRejection);
  const counts = await screen.withStatus(status, () =>
    Promise.race([
      lesson.check(context, load as () => Promise<never>),
      delay(CHECK_TIMEOUT_MS, undefined, { signal: timedOut.signal }).then(() => {
        throw new Error(translations.timedOut(CHECK_TIMEOUT_MS / 1000));
      }),
    ]).finally(() => {
      timedOut.abort();
      process.off('unhandledRejection', ignoreRejection);
    }),
  );
  showCounts(output, counts);
  for (const { advice, value, isViolation } of counts)
    if (isViolation && value > 0 && advice !== undefined) screen.prose(advice[language]);
  const hasPassed = countViolations(counts) === 0;
  screen.result(hasPassed, hasPassed ? translations.passed : translations.notPassed);
  if (hasPassed) await markPassed(lesson.slug);
  return hasPassed;
}

function showPart({ screen }: LessonOutput, title: string, text?: string): void {
  screen.line();
  screen.line(screen.style('bold', title));
  if (text !== undefined) screen.prose(text);
}

function showCounts({ screen, language }: LessonOutput, counts: readonly Count[]): void {
  screen.line();
  for (const { label, value, isViolation = false } of counts) {
    const mark = value === 0 ? screen.style('green', '✓') : screen.style('red', '✗');
    screen.line(`  ${isViolation ? mark : ' '} ${pad(String(value), 4, 'right')}  ${label[language]}`);
  }
}

async function showRows(
  { service, sql }: RowsToShow,
  { database }: LessonContext,
  { screen, translations }: LessonOutput,
): Promise<void> {
  screen.evidence(screen.style('dim', `${service}> ${sql}`));
  const rows = await database.query(service, sql);
  if (rows.length === 0) return screen.evidence(translations.noRows);
  const columns = Object.keys(rows[0]!);
  screen.table(
    columns.map((title) => ({ title })),
    rows.map((row) => columns.map((column) => formatValue(row[column]))),
  );
}

function formatValue(value: unknown): string {
  if (value instanceof Date) return value.toISOString().slice(11, 23);
  if (value === null) return 'NULL';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
