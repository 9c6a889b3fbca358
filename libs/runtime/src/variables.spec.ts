import { afterEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';

import { loadConfig } from '#config';
import { serviceVariables } from './variables.js';

const schema = z.object(serviceVariables({ port: 3000 }));
const needed = { X_DATABASE_URL: 'postgres://localhost/none', X_RABBITMQ_URL: 'amqp://localhost' };
const load = (crashPoint?: string, crashMessageId?: string) =>
  loadConfig('X', schema, {
    ...needed,
    X_CRASH_POINT: crashPoint,
    X_CRASH_MESSAGE_ID: crashMessageId,
  });

afterEach(() => vi.unstubAllEnvs());

describe('a crash point', () => {
  const point = 'relay: after confirm, before marking';

  test('is set by its name, and there is none unless it is set', () => {
    expect(load(point).crashPoint).toBe(point);
    expect(load().crashPoint).toBeUndefined();
  });

  test('that does not exist is refused, with those that do', () => {
    expect(() => load('relay: after lunch')).toThrow(/X_CRASH_POINT.*order: before commit.*consumer/);
  });

  test('is refused in production, with the reason', () => {
    vi.stubEnv('NODE_ENV', 'production');
    expect(() => load(point)).toThrow(/X_CRASH_POINT: .*NODE_ENV=production/);
    expect(() => load(undefined, '01a1fdc0-2fe7-7106-a1a5-65f671ff1bb7')).toThrow(
      /X_CRASH_MESSAGE_ID: .*NODE_ENV=production/,
    );
    expect(load().crashPoint).toBeUndefined();
  });
});
