import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';

/** A page of the documentation. */
export interface Page {
  /** From the root of the repository: `docs/explanation/architecture.md`. */
  readonly path: string;
  readonly text: string;
}

/** Every Markdown file in the root and in `docs`, sorted by path. */
export const pages: readonly Page[] = [
  ...readdirSync(REPOSITORY_ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(REPOSITORY_ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]
  .sort()
  .map((path) => ({ path, text: readFileSync(join(REPOSITORY_ROOT, path), 'utf8') }));

export function findPage(path: string): Page {
  const page = pages.find((one) => one.path === path);
  if (!page) throw new Error(`there is no page ${path}`);
  return page;
}

/** The Chinese page of an English page, if any. */
export function findChinesePage({ path }: Page): Page | undefined {
  return pages.find((one) => one.path === path.replace(/\.md$/, '.zh-CN.md'));
}

/** A page without its code blocks, in which `#` and `[…](…)` are code. */
export function extractProse({ text }: Page): string {
  return text.replaceAll(/^( *)```.*?^\1```$/gms, '');
}

export interface Heading {
  readonly level: number;
  readonly title: string;
}

export function parseHeadings(page: Page): readonly Heading[] {
  const found = [...extractProse(page).matchAll(/^(#{1,6}) (.*)$/gm)];
  return found.map(([, marks = '', title = '']) => ({ level: marks.length, title: title.trim() }));
}

/** The anchor of a heading on GitHub: `run-it` of `## Run it`. */
export function toAnchor({ title }: Heading): string {
  const plain = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
  return plain.replaceAll(/[^\p{L}\p{N}\p{M}\- _]/gu, '').replaceAll(' ', '-');
}

export interface Link {
  readonly text: string;
  readonly target: string;
}

/** The links of a page, images included. */
export function parseLinks(page: Page): readonly Link[] {
  const found = [...extractProse(page).matchAll(/\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+(?:\([^)]*\))?)\)/g)];
  return found.map(([, text = '', target = '']) => ({ text, target }));
}

export function isRelative({ target }: Link): boolean {
  return !/^[a-z][a-z+.-]*:/i.test(target);
}

/** The target of a link: its path from the root of the repository, and its anchor. */
export function resolveLink(
  page: Page,
  { target }: Link,
): { readonly path: string; readonly anchor: string } {
  const [path = '', anchor = ''] = target.split('#');
  const base = new URL(page.path, 'file:///');
  const url = path === '' ? base : new URL(path, base);
  return { path: relative('/', decodeURIComponent(url.pathname)), anchor: decodeURIComponent(anchor) };
}

/** A code block below a comment with its kind and path: `<!-- file: src/main.ts -->`. */
export interface Block {
  readonly kind: string;
  readonly path: string;
  readonly code: string;
}

/** The code blocks of a page that have a kind and a path. */
export function parseBlocks({ text }: Page): readonly Block[] {
  const found = [...text.matchAll(/^<!-- (\w+): (\S+) -->\n```\w*\n(.*?)^```$/gms)];
  return found.map(([, kind = '', path = '', code = '']) => ({ kind, path, code }));
}
