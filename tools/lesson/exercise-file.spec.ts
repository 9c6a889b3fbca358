import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { REPOSITORY_ROOT } from '../client/repository-root.js';
import { ExerciseError, loadExercise } from './exercise-file.js';

await mkdir(join(REPOSITORY_ROOT, '.local'), { recursive: true });
const folder = await mkdtemp(join(REPOSITORY_ROOT, '.local', 'exercise-spec-'));
afterAll(() => rm(folder, { recursive: true }));

async function load(text: string) {
  const file = join(folder, 'exercise.ts');
  await writeFile(file, text);
  return loadExercise(relative(REPOSITORY_ROOT, file), ['place']);
}

test('every load returns a new instance of the module', async () => {
  const loadModule = await load(
    'let calls = 0;\nexport const place = (by: number): number => (calls += by);',
  );
  const first = (await loadModule()) as { place: (by: number) => number };
  expect(first.place(1)).toBe(1);
  expect(first.place(1)).toBe(2);
  expect(((await loadModule()) as { place: (by: number) => number }).place(1)).toBe(1);
});

test('an exercise may import packages of the repository', async () => {
  const module = await (await load("import { v7 } from 'uuid';\nexport const place = v7;"))();
  expect((module['place'] as () => string)()).toHaveLength(36);
});

test.each([
  ['a syntax error', 'export const a = 1;\nexport function place( {', /exercise\.ts:2: .*expected/],
  ['a missing export', 'export const other = 1;', /exercise\.ts has no export named place/],
  [
    'an error of its top level',
    "throw new Error('no luck');\nexport const place = 1;",
    /exercise\.ts: no luck/,
  ],
])('%s is named with its file', async (_name, text, message) => {
  const loading = load(text);
  await expect(loading).rejects.toThrow(ExerciseError);
  await expect(loading).rejects.toThrow(message);
});
