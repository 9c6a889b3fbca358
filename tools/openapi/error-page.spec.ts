import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildErrorPage, errorPages, listTypes } from './error-page.js';
import { errorTexts } from './error-texts.js';

const root = path.join(import.meta.dirname, '../..');

describe('the page of error types', () => {
  test.each(['en', 'zh'] as const)(
    'equals the types of the code: %s (npm run docs:openapi writes it)',
    async (language) => {
      expect(await readFile(path.join(root, errorPages[language]), 'utf8')).toBe(buildErrorPage(language));
    },
  );

  test('has a text for every type, and no other', () => {
    expect(Object.keys(errorTexts).toSorted()).toEqual([...listTypes().keys()]);
  });

  test('has one title per type', () => {
    for (const [slug, { types }] of listTypes()) {
      expect([slug, new Set(types.map(({ title }) => title)).size]).toEqual([slug, 1]);
    }
  });
});
