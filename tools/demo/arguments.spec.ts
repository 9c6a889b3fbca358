import { describe, expect, it } from 'vitest';

import { parseArguments } from './arguments.js';

describe('the command line', () => {
  it('can be empty', () => {
    expect(parseArguments([], {})).toEqual({ language: 'en', keep: false, yes: false, help: false });
  });

  it('has long and short flags', () => {
    expect(parseArguments(['--keep', '-y', '--help'], {})).toMatchObject({
      keep: true,
      yes: true,
      help: true,
    });
  });

  it.each([[['--lang', 'zh']], [['--lang=zh']]])(
    'takes the language from %j, regardless of the locale',
    (args) => {
      expect(parseArguments(args, { LC_ALL: 'en_US.UTF-8' })).toMatchObject({ language: 'zh' });
    },
  );

  it.each([
    [{ LANG: 'zh_CN.UTF-8' }, 'zh'],
    [{ LANG: 'zh_TW' }, 'zh'],
    [{ LC_ALL: 'en_US.UTF-8', LANG: 'zh_CN.UTF-8' }, 'en'],
    [{ LC_ALL: '', LC_MESSAGES: 'zh_CN', LANG: 'C' }, 'zh'],
    [{ LANG: 'C.UTF-8' }, 'en'],
  ])('takes the language from the locale %j: %s', (locale, language) => {
    expect(parseArguments([], locale)).toMatchObject({ language });
  });

  it.each([
    [['--kep'], '--kep'],
    [['-x'], '-x'],
    [['now'], 'now'],
    [['--keep=no'], '--keep=no'],
    [['--lang', 'fr'], '--lang fr'],
    [['--lang'], '--lang'],
    [['--keep', '--', 'zh'], 'zh'],
  ])('rejects %j', (args, argument) => {
    expect(parseArguments(args, {})).toEqual({ language: 'en', argument });
  });

  it('rejects in the requested language', () => {
    expect(parseArguments(['--lang', 'zh', '--kep'], {})).toEqual({ language: 'zh', argument: '--kep' });
  });
});
