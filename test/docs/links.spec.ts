import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import {
  toAnchor,
  parseBlocks,
  findChinesePage,
  parseHeadings,
  isRelative,
  type Link,
  parseLinks,
  type Page,
  pages,
  resolveLink,
} from './pages.js';

const IS_TEST = /\.(spec|e2e|fault|clean|compose)\.(ts|mjs)$/;

function read(path: string): string {
  return readFileSync(join(REPOSITORY_ROOT, path), 'utf8');
}

/** The error of a link without a target; undefined for a valid one. */
function findLinkError(page: Page, link: Link): string | undefined {
  const { path, anchor } = resolveLink(page, link);
  if (!existsSync(join(REPOSITORY_ROOT, path))) return `${link.target}: there is no ${path}`;
  if (anchor === '') return undefined;
  const anchors = parseHeadings({ path, text: read(path) }).map(toAnchor);
  return anchors.includes(anchor) ? undefined : `${link.target}: ${path} has no heading #${anchor}`;
}

/** The titles of tests and groups that a link quotes in backticks, separated by ` › `. */
function quotedTitles(link: Link): readonly string[] {
  const quoted = /^`(.*)`$/.exec(link.text)?.[1] ?? '';
  return quoted === '' || quoted === link.target.split('/').at(-1) ? [] : quoted.split(' › ');
}

/** Whether a spec has a test or group of this title that is not skipped. */
function hasTest(source: string, title: string): boolean {
  const spellings = ["'", '"', '`'].map(
    (quote) => `${quote}${title.replaceAll(quote, `\\${quote}`)}${quote}`,
  );
  return spellings.some((spelling) => {
    const at = source.indexOf(spelling);
    return at >= 0 && !/\.(skip|todo|fails)\(\s*$/.test(source.slice(0, at));
  });
}

describe.each(pages.map((page) => [page.path, page] as const))('%s', (_path, page) => {
  const links = parseLinks(page).filter(isRelative);

  test('every link has a target', () => {
    expect(links.flatMap((link) => findLinkError(page, link) ?? [])).toEqual([]);
  });

  test('every quoted test exists', () => {
    const missing = links
      .map((link) => ({ link, path: resolveLink(page, link).path }))
      .filter(({ path }) => IS_TEST.test(path))
      .flatMap(({ link, path }) =>
        quotedTitles(link)
          .filter((title) => !hasTest(read(path), title))
          .map((title) => `${path} has no test: ${title}`),
      );
    expect(missing).toEqual([]);
  });

  test('every code quote equals its source', () => {
    const quotes = parseBlocks(page).filter(({ kind }) => kind === 'code');
    for (const { path, code } of quotes) {
      for (const piece of code.split(/^ *\/\/ …\n/m)) expect(read(path)).toContain(piece);
    }
  });
});

const bilingual = pages.flatMap((page) => {
  const chinese = page.path.endsWith('.zh-CN.md') ? undefined : findChinesePage(page);
  return chinese ? [[page.path, page, chinese] as const] : [];
});

describe.each(bilingual)('%s and its Chinese page', (_path, english, chinese) => {
  test('have the same sections', () => {
    const levels = (page: Page): readonly number[] => parseHeadings(page).map(({ level }) => level);
    expect(levels(chinese)).toEqual(levels(english));
  });

  test('show the same code and diagrams', () => {
    const languages = ({ text }: Page) => [...text.matchAll(/^```(\w+)/gm)].map(([, language]) => language);
    expect(languages(chinese)).toEqual(languages(english));
    expect(parseBlocks(chinese)).toEqual(parseBlocks(english));
  });

  test('show the same tables, except for glossary tables', () => {
    const lengths = ({ text }: Page) =>
      [...text.matchAll(/^(\|.*\|\n)+/gm)].map(([table]) => table.trim().split('\n').length);
    const remaining = lengths(chinese);
    const unmatched = lengths(english).filter((rows) => {
      const at = remaining.indexOf(rows);
      remaining.splice(0, at + 1);
      return at < 0;
    });
    expect(unmatched).toEqual([]);
  });

  test('link to the same targets', () => {
    const targets = (page: Page): readonly string[] =>
      [
        ...new Set(
          parseLinks(page)
            .filter(isRelative)
            .map((link) => resolveLink(page, link).path.replace('.zh-CN.md', '.md'))
            .filter((path) => path !== english.path),
        ),
      ].sort();
    expect(targets(chinese)).toEqual(targets(english));
  });

  test('link to each other in their first lines', () => {
    const head = (page: Page): string => page.text.split('\n').slice(0, 8).join('\n');
    const nameOf = ({ path }: Page): string => path.split('/').at(-1) ?? '';
    expect(head(english)).toContain(`](${nameOf(chinese)})`);
    expect(head(chinese)).toContain(`](${nameOf(english)})`);
  });
});

test('every page of docs has a Chinese page', () => {
  const without = pages.filter(
    (page) =>
      /^docs\/(?!decisions\/).*\.md$/.test(page.path) &&
      !page.path.endsWith('.zh-CN.md') &&
      findChinesePage(page) === undefined,
  );
  expect(without.map(({ path }) => path)).toEqual([]);
});

test('every page is reachable from the README', () => {
  const reached = new Set<string>();
  const follow = (path: string): void => {
    const page = pages.find((one) => one.path === path);
    if (!page || reached.has(path)) return;
    reached.add(path);
    for (const link of parseLinks(page).filter(isRelative)) follow(resolveLink(page, link).path);
  };
  follow('README.md');
  expect(pages.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
});
