import { describe, expect, test } from 'vitest';

import { measure, proseOf } from './prose.mjs';

/** @param {string} file @param {string} text */
const check = (file, text) => measure(file, proseOf(file, text));

describe('the prose check', () => {
  test('counts comments, not code, strings or backticks', () => {
    // Joined, because the check reads this file, too.
    const phrase = ['who', 'ever'].join('');
    const text = `const nobody = '${phrase}';\n/** The relay publishes \`nobody\`. */\nrun(); // ${phrase} reads this\n`;
    const { banned, vague } = check('a.ts', text);
    expect(banned).toEqual([{ file: 'a.ts', line: 3, phrase }]);
    expect(vague).toHaveLength(1);
  });

  test('counts pages without code blocks and link targets', () => {
    const text = 'The relay publishes [what is committed](nobody.md).\n\n```ts\nnobody();\n```\n';
    const { banned, vague } = check('a.md', text);
    expect(banned).toEqual([]);
    expect(vague.map(({ phrase }) => phrase)).toEqual(['what']);
  });

  test('measures sentences in words', () => {
    expect(check('a.ts', '// The relay publishes events. It waits for the confirm.\n').sentences).toEqual([
      4, 5,
    ]);
  });
});
