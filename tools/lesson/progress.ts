import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { LESSON_FOLDER } from './background-shop.js';

const FILE = join(LESSON_FOLDER, 'progress.json');

/** The slugs of the lessons whose exercise has passed. An unreadable file counts as no progress. */
export async function readPassed(): Promise<ReadonlySet<string>> {
  const text = await readFile(FILE, 'utf8').catch(() => '[]');
  try {
    return new Set(JSON.parse(text) as string[]);
  } catch {
    return new Set();
  }
}

export async function markPassed(slug: string): Promise<void> {
  const passed = new Set([...(await readPassed()), slug]);
  await mkdir(LESSON_FOLDER, { recursive: true });
  await writeFile(FILE, `${JSON.stringify([...passed].sort())}\n`);
}
