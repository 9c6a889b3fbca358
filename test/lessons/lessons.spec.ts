import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { lessons } from '../../lessons/all.js';
import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import { readFunction } from '../../tools/lesson/read-function.js';

function read(path: string): string {
  return readFileSync(join(REPOSITORY_ROOT, path), 'utf8');
}

test('lessons are sorted by number, and each number and slug is used once', () => {
  const numbers = lessons.map(({ number }) => number);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  expect(new Set(lessons.map(({ slug }) => slug)).size).toBe(lessons.length);
});

describe.each(lessons.map((lesson) => [lesson.slug, lesson] as const))('the lesson %s', (slug, lesson) => {
  test('is at most 120 lines', () => {
    expect(read(`lessons/${slug}/lesson.ts`).trimEnd().split('\n').length).toBeLessThanOrEqual(120);
  });

  test('marks the change of its exercise in both languages', () => {
    const exercise = read(`lessons/${slug}/exercise.ts`);
    expect(exercise).toContain('TODO');
    expect(exercise).toMatch(/练习[一二]?：/);
    for (const name of lesson.exports) {
      expect(exercise).toMatch(new RegExp(`^export (async )?(function|const) ${name}\\b`, 'm'));
    }
  });

  test('prints a mistake of at most ten lines, with a comment that names it', async () => {
    for (const { source } of lesson.naive) {
      const lines = await readFunction(source);
      expect(lines[0]).toMatch(/^\/\*\* Mistake: /);
      expect(lines.length).toBeLessThanOrEqual(11);
    }
  });

  test('leads to files that exist', () => {
    for (const file of lesson.readNext) expect(existsSync(join(REPOSITORY_ROOT, file)), file).toBe(true);
  });

  test('has Chinese texts with full-width punctuation', () => {
    for (const { zh } of Object.values(lesson.texts)) {
      expect(zh).toMatch(/\p{Script=Han}/u);
      expect(zh).not.toMatch(/\p{Script=Han}[,;!?]|\p{Script=Han}: /u);
    }
  });

  test('names its term in the English title too', () => {
    expect(lesson.texts.title.en).toMatch(/（|\(\p{Script=Han}/u);
  });
});
