import { expect, test } from 'vitest';
import { z } from 'zod';

import { type ConfigurationError, loadConfig } from '#config';
import { checkRetentions, retentionVariables } from './retentions.js';

const schema = z.object(retentionVariables()).check(checkRetentions);

function findProblems(env: NodeJS.ProcessEnv) {
  try {
    loadConfig('ORDER', schema, env);
    return [];
  } catch (error) {
    return (error as ConfigurationError).problems;
  }
}

test('the defaults are accepted', () => {
  expect(findProblems({})).toEqual([]);
});

test('inbox retention must exceed dead-letter retention', () => {
  expect(findProblems({ ORDER_INBOX_RETENTION_HOURS: '168' })).toEqual([
    {
      variable: 'ORDER_INBOX_RETENTION_HOURS',
      problem:
        'is 168, and DEAD_LETTER_RETENTION_HOURS is 168: a dead letter replayed at the last moment would be handled a ' +
        'second time. Set it to 169 or more, or DEAD_LETTER_RETENTION_HOURS to 167 or less',
    },
  ]);
  expect(findProblems({ ORDER_INBOX_RETENTION_HOURS: '169' })).toEqual([]);
});

test('inbox retention must exceed outbox retention', () => {
  expect(findProblems({ ORDER_OUTBOX_RETENTION_HOURS: '336' })).toEqual([
    {
      variable: 'ORDER_INBOX_RETENTION_HOURS',
      problem:
        'is 336, and OUTBOX_RETENTION_HOURS is 336: an event published again from the outbox would be handled a ' +
        'second time. Set it to 337 or more, or OUTBOX_RETENTION_HOURS to 335 or less',
    },
  ]);
  expect(findProblems({ ORDER_OUTBOX_RETENTION_HOURS: '335' })).toEqual([]);
});

test('a retention is at least one hour', () => {
  const problems = findProblems({
    ORDER_OUTBOX_RETENTION_HOURS: '0',
    ORDER_DEAD_LETTER_RETENTION_HOURS: '-1',
  });
  expect(problems.map(({ variable }) => variable)).toEqual([
    'ORDER_OUTBOX_RETENTION_HOURS',
    'ORDER_DEAD_LETTER_RETENTION_HOURS',
  ]);
});
