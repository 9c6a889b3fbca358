import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import { findPage, isRelative, parseLinks, resolveLink } from './pages.js';

interface Tour {
  readonly steps: readonly {
    readonly file: string;
    readonly pattern: string;
    readonly description: string;
  }[];
}

function read(path: string): string {
  return readFileSync(join(REPOSITORY_ROOT, path), 'utf8');
}

function readTour(name: string): Tour {
  return JSON.parse(read(`.tours/${name}`)) as Tour;
}

const tourNames = readdirSync(join(REPOSITORY_ROOT, '.tours'));

describe.each(tourNames)('the tour %s', (name) => {
  const { steps } = readTour(name);

  test.each(steps.map((step) => [step.file, step] as const))('finds its line in %s', (file, { pattern }) => {
    const found = read(file)
      .split('\n')
      .filter((line) => new RegExp(pattern).test(line));
    expect(found.length).toBeGreaterThan(0);
  });

  test('visits the reading list of the README in its order', () => {
    const [, section = ''] = read('README.md').split('## Read the code');
    const list = section
      .split('\n## ')[0]!
      .split('\n')
      .filter((line) => /^\d\. /.test(line));
    const first = list.map((line) => /\]\(([^)]+)\)/.exec(line)?.[1]);
    expect(first.length).toBeGreaterThan(5);
    const visited = steps.map(({ file }) => file).filter((file) => first.includes(file));
    expect([...new Set(visited)]).toEqual(first);
  });
});

test('the tours of both languages have the same stops', () => {
  const [english, chinese] = [readTour('one-order.tour'), readTour('one-order.zh-CN.tour')];
  const stops = ({ steps }: Tour) => steps.map(({ file, pattern }) => `${file} ${pattern}`);
  expect(stops(chinese)).toEqual(stops(english));
});

describe.each(['libs/README.md', 'libs/README.zh-CN.md'])('%s', (path) => {
  const page = { path, text: read(path) };
  const rows = page.text.split('\n').filter((line) => line.startsWith('| `'));

  test('has a row for each lib', () => {
    const libs = readdirSync(join(REPOSITORY_ROOT, 'libs'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'test-support')
      .map(({ name }) => name);
    const described = rows.map((row) => /^\| `([\w-]+)`/.exec(row)?.[1]);
    expect(new Set(described)).toEqual(new Set(libs));
    expect(described).toHaveLength(libs.length);
  });

  test('every link has a target, and every quoted test exists', () => {
    for (const link of parseLinks(page).filter(isRelative)) {
      const target = resolveLink(page, link).path;
      expect(existsSync(join(REPOSITORY_ROOT, target)), target).toBe(true);
      const title = /^`(.*)`$/.exec(link.text)?.[1];
      if (title !== undefined) expect(read(target)).toContain(title);
    }
  });
});

test('the page of your own service leads to the libraries', () => {
  const targets = parseLinks(findPage('docs/tutorial/own-service.md')).map(({ target }) => target);
  expect(targets).toContain('../../libs/README.md');
});
