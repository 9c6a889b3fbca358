import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLONE } from '../../client/repository-root.js';
import { FORMAT } from '../report.js';
import { blocks, type Latest } from './blocks.js';
import type { Language } from './figure-rows.js';

const PAGES: Readonly<Record<string, Language>> = {
  'docs/performance.md': 'en',
  'docs/performance.zh-CN.md': 'zh',
};

/** There is no run whose figures could be written. */
export class NoResults extends Error {
  override readonly name = 'NoResults';
}

/**
 * Puts the figures of `latest.json` between the markers of the pages about performance, in both languages.
 *
 * @returns the pages
 * @throws NoResults
 */
export async function writeDocs(resultsFile: string): Promise<string[]> {
  const json = await readFile(resultsFile, 'utf8').catch(() => {
    throw new NoResults(`There is no ${resultsFile}: run npm run bench first.`);
  });
  const run = JSON.parse(json) as Latest & { readonly format: number };
  if (run.format !== FORMAT)
    throw new NoResults(`${resultsFile} is of another version of the bench: run npm run bench first.`);
  for (const [page, language] of Object.entries(PAGES)) {
    const file = join(CLONE, page);
    await writeFile(file, filledIn(await readFile(file, 'utf8'), run, language));
  }
  return Object.keys(PAGES);
}

/** Replaces what stands between `<!-- bench: name -->` and `<!-- bench end -->`. @throws Error on a name unknown here */
export function filledIn(page: string, run: Latest, language: Language): string {
  return page.replaceAll(
    /(<!-- bench: ([\w-]+) -->\n).*?(<!-- bench end -->)/gs,
    (_, begin: string, name: string, end: string) => {
      const block = blocks[name];
      if (!block) throw new Error(`nothing is known to be written at <!-- bench: ${name} -->`);
      return `${begin}\n${block(run, language)}\n\n${end}`;
    },
  );
}
