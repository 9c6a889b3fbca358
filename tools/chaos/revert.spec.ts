import { expect, test } from 'vitest';

import { retryWhileUnavailable } from './revert.js';

test('a revert is repeated until its target is available', async () => {
  let attempts = 0;
  const attempt = async (): Promise<number> => {
    attempts += 1;
    if (attempts < 3) throw new Error('ECONNREFUSED');
    return attempts;
  };
  expect(await retryWhileUnavailable(attempt)).toBe(3);
});
