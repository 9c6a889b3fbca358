import { describe, expect, it } from 'vitest';

import { parseArguments } from './arguments.js';
import { findLessons } from './find-lesson.js';

describe('the arguments of npm run lesson', () => {
  it('without any list the lessons', () => {
    expect(parseArguments([], {})).toMatchObject({
      lesson: undefined,
      part: 'all',
      language: 'en',
      stop: false,
    });
  });

  it('name a lesson and one of its parts', () => {
    expect(parseArguments(['消息丢失', '--check', '--lang', 'zh'], {})).toMatchObject({
      lesson: '消息丢失',
      part: 'check',
      language: 'zh',
    });
  });

  it('take the language from the locale', () => {
    expect(parseArguments(['--stop'], { LANG: 'zh_CN.UTF-8' })).toMatchObject({ language: 'zh', stop: true });
  });

  it.each([
    [['--naiv', '4'], '--naiv'],
    [['4', '--naive', '--ours'], '--naive --ours'],
    [['4', '6'], '6'],
    [['--check'], '--check'],
    [['4', '--lang', 'fr'], '--lang fr'],
    [['4', '--pause=3'], '--pause=3'],
  ])('reject %j', (args, argument) => {
    expect(parseArguments(args, {})).toMatchObject({ argument });
  });
});

describe('a lesson is found', () => {
  it.each(['4', 'lost-message', '消息丢失', '本地消息表', 'Dual Write'])('by %s', (term) => {
    expect(findLessons(term).map(({ slug }) => slug)).toEqual(['lost-message']);
  });

  it.each(['', '99', 'no such lesson'])('not by “%s”', (term) => {
    expect(findLessons(term)).toEqual([]);
  });
});
