import { EventEmitter } from 'node:events';

import type { PoolClient } from 'pg';
import { expect, test } from 'vitest';

import { verifyConnection } from './verify-connection.js';

test('a session that ends during its check fails the check, not the process', async () => {
  const client = new EventEmitter();
  const lost = new Error('Connection terminated unexpectedly');
  const failed = new Promise<Error | undefined>((done) => {
    const check = new Promise<void>((_, reject) => client.once('end', () => reject(lost)));
    verifyConnection(() => check)(client as PoolClient, done);
  });
  client.emit('error', lost);
  client.emit('end');
  expect(await failed).toBe(lost);
  expect(client.listenerCount('error')).toBe(0);
});
