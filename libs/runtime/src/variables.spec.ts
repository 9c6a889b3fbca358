import { afterEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';

import { loadConfig } from '#config';
import { serviceVariables } from './variables.js';

const schema = z.object(serviceVariables({ port: 3000 }));
const needed = { X_DATABASE_URL: 'postgres://localhost/none', X_RABBITMQ_URL: 'amqp://localhost' };
const load = (failpoint?: string, failpointMessageId?: string) =>
  loadConfig('X', schema, {
    ...needed,
    X_FAILPOINT: failpoint,
    X_FAILPOINT_MESSAGE_ID: failpointMessageId,
  });

afterEach(() => vi.unstubAllEnvs());

describe('a failpoint', () => {
  const point = 'relay.after-confirm';

  test('is enabled by its name only', () => {
    expect(load(point).failpoint).toBe(point);
    expect(load().failpoint).toBeUndefined();
  });

  test('with an unknown name is rejected and the names are listed', () => {
    expect(() => load('relay.no-such-failpoint')).toThrow(/X_FAILPOINT.*order.before-commit.*consumer/);
  });

  test('is rejected in production', () => {
    vi.stubEnv('NODE_ENV', 'production');
    expect(() => load(point)).toThrow(/X_FAILPOINT: .*NODE_ENV=production/);
    expect(() => load(undefined, '01a1fdc0-2fe7-7106-a1a5-65f671ff1bb7')).toThrow(
      /X_FAILPOINT_MESSAGE_ID: .*NODE_ENV=production/,
    );
    expect(load().failpoint).toBeUndefined();
  });
});
