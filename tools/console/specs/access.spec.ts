import { describe, expect, test } from 'vitest';

import { Access } from '../server/access.js';

const tokenOf = (path: string): string => path.replace('/open/', '');

describe('a one-time link', () => {
  test('opens one session', () => {
    const access = new Access(() => []);
    const token = tokenOf(access.createLink());
    expect(access.openSession(token)).toMatch(
      /^console_session=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\//,
    );
    expect(access.openSession(token)).toBeUndefined();
  });

  test('expires after 15 minutes', () => {
    let now = 0;
    const access = new Access(
      () => [],
      () => now,
    );
    const token = tokenOf(access.createLink());
    now = 15 * 60_000 + 1;
    expect(access.openSession(token)).toBeUndefined();
  });

  test('invalidates the previous link', () => {
    const access = new Access(() => []);
    const first = tokenOf(access.createLink());
    access.createLink();
    expect(access.openSession(first)).toBeUndefined();
  });
});
