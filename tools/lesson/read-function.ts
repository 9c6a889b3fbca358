import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { REPOSITORY_ROOT } from '../client/repository-root.js';

/** The source of an exported function, from its comment to its closing brace. @throws Error when the file has none */
export async function readFunction({ file, name }: { file: string; name: string }): Promise<string[]> {
  const lines = (await readFile(join(REPOSITORY_ROOT, file), 'utf8')).split('\n');
  const start = lines.findIndex((line) => new RegExp(`^export (async )?function ${name}\\b`).test(line));
  const end = lines.findIndex((line, index) => index > start && line === '}');
  if (start < 0 || end < 0) throw new Error(`${file} has no exported function ${name}`);
  const isCommented = lines[start - 1]?.startsWith('/** ') ?? false;
  return lines.slice(isCommented ? start - 1 : start, end + 1);
}
