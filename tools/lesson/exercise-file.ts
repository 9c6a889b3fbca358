import { constants } from 'node:fs';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import ts from 'typescript';

import { REPOSITORY_ROOT } from '../client/repository-root.js';

/** The reader's files: ignored by git, and not part of the build, so unfinished code breaks no other command. */
const EXERCISES = 'exercises';

/** An exercise that cannot run: it does not parse, or an export is missing. The message says file, line and reason. */
export class ExerciseError extends Error {
  override readonly name = 'ExerciseError';
}

/** The reader's file of a lesson, from the root of the repository. */
export function exercisePath(slug: string): string {
  return `${EXERCISES}/${slug}.ts`;
}

/** Copies the exercise of a lesson to {@link exercisePath}, unless the reader has it already. */
export async function copyExercise(slug: string): Promise<void> {
  const target = join(REPOSITORY_ROOT, exercisePath(slug));
  if (await exists(target)) return;
  await mkdir(join(REPOSITORY_ROOT, EXERCISES), { recursive: true });
  const text = await readFile(join(REPOSITORY_ROOT, 'lessons', slug, 'exercise.ts'), 'utf8');
  await writeFile(target, text.replaceAll("from '../", "from '../lessons/"));
  // Lets an editor check the types of the exercises.
  const config = {
    extends: '../tsconfig.json',
    compilerOptions: { noEmit: true, rootDir: '..' },
    include: ['.'],
  };
  await writeFile(join(REPOSITORY_ROOT, EXERCISES, 'tsconfig.json'), `${JSON.stringify(config, null, 2)}\n`);
}

/**
 * Compiles a reader's file without checking its types.
 *
 * @param path from the root of the repository, as printed in errors
 * @returns a function that loads a new instance of the module at every call
 * @throws {ExerciseError} for a syntax error, an error of the module's top level, or a missing export
 */
export async function loadExercise(
  path: string,
  exports: readonly string[],
): Promise<() => Promise<Readonly<Record<string, unknown>>>> {
  const source = join(REPOSITORY_ROOT, path);
  const output = compile(path, await readFile(source, 'utf8'));
  const folder = join(dirname(source), '.compiled');
  await mkdir(folder, { recursive: true });
  const compiled = join(folder, basename(path).replace(/\.ts$/, '.mjs'));
  await writeFile(compiled, output);
  const url = pathToFileURL(compiled).href;
  let instance = Date.now();
  const load = async (): Promise<Readonly<Record<string, unknown>>> => {
    instance += 1;
    return (await import(`${url}?instance=${instance}`)) as Readonly<Record<string, unknown>>;
  };
  const module = await load().catch((error: unknown) => {
    throw new ExerciseError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const missing = exports.find((name) => module[name] === undefined);
  if (missing !== undefined) throw new ExerciseError(`${path} has no export named ${missing}`);
  return load;
}

function compile(path: string, text: string): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  });
  const [problem] = diagnostics;
  if (problem === undefined) return outputText;
  const { line } = problem.file!.getLineAndCharacterOfPosition(problem.start ?? 0);
  throw new ExerciseError(
    `${path}:${line + 1}: ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`,
  );
}

async function exists(file: string): Promise<boolean> {
  return access(file, constants.F_OK).then(
    () => true,
    () => false,
  );
}
