import { describe, expect, test } from 'vitest';

import { lessons } from '../../lessons/all.js';
import { findPage, parseHeadings } from './pages.js';

describe.each([
  ['docs/lessons.md', 'en'],
  ['docs/lessons.zh-CN.md', 'zh'],
] as const)('%s', (path, language) => {
  const page = findPage(path);

  test('has a section for each lesson, in its order', () => {
    const titles = parseHeadings(page).map(({ title }) => title);
    const expected = lessons.map(({ number, texts }) => `${number} ${texts.title[language]}`);
    expect(titles.filter((title) => /^\d/.test(title))).toEqual(expected);
  });

  test('says the question, the cause and the task of each lesson', () => {
    const text = page.text.replaceAll(/\s+/g, ' ');
    for (const { slug, texts } of lessons) {
      for (const part of ['predict', 'mistake', 'ours', 'task'] as const)
        expect(text).toContain(texts[part][language].replaceAll(/\s+/g, ' '));
      expect(text).toContain(`npm run lesson -- ${slug} --check`);
    }
  });
});
