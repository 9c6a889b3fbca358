import { describe, expect, it } from 'vitest';

import { walkthrough } from './walkthrough.js';
import { translations } from './translations.js';

/** Lists the path and the type of every text: `.steps.completing.title: string`. */
function describeShape(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: ${typeof value}`];
  return Object.entries(value).flatMap(([key, inner]) => describeShape(inner, `${path}.${key}`));
}

/** Collects every text; functions are called with distinguishable arguments. */
function collectTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'function')
    return [String((value as (...args: string[]) => unknown)('①', '②', '③', '④'))];
  return Object.values(value as object).flatMap(collectTexts);
}

function argumentsUsed(value: unknown, path = ''): string[] {
  if (typeof value === 'function') {
    const text = String((value as (...args: string[]) => unknown)('①', '②', '③', '④'));
    return [`${path}: ${['①', '②', '③', '④'].filter((mark) => text.includes(mark)).join('')}`];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => argumentsUsed(inner, `${path}.${key}`));
}

describe('the translations', () => {
  it('have the same keys in both languages', () =>
    expect(describeShape(translations.zh)).toEqual(describeShape(translations.en)));

  it('use the same arguments in both languages', () => {
    expect(argumentsUsed(translations.zh)).toEqual(argumentsUsed(translations.en));
  });

  it.each(['en', 'zh'] as const)('are never empty in %s', (language) => {
    for (const text of collectTexts(translations[language])) expect(text.trim()).not.toBe('');
  });

  it('use full-width punctuation in Chinese', () => {
    for (const text of collectTexts(translations.zh))
      expect(text).not.toMatch(/\p{Script=Han}[,;!?]|\p{Script=Han}: /u);
  });

  it('match the steps of the walkthrough', () => {
    expect(walkthrough.map(({ name }) => name).sort()).toEqual(Object.keys(translations.en.steps).sort());
  });
});
