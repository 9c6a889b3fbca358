import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { isUnreachable } from './errors.js';

const RETRY_INTERVAL_MS = 500;

/**
 * Resolves as soon as the server accepts a connection. Retries every 500 ms while it is unavailable, starting, or out of
 * connections.
 *
 * @param url `postgres://user:password@host:port/database`
 * @throws the server's error: a permanent one (such as a wrong password) immediately, a transient one after `timeoutMs`
 */
export async function waitForDatabase(url: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      await connectOnce(url);
      return;
    } catch (error) {
      if (!isUnreachable(error) || Date.now() > deadline) throw error;
      await delay(RETRY_INTERVAL_MS);
    }
  }
}

async function connectOnce(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // `connect` rejects with the same error
  try {
    await client.connect();
  } finally {
    await client.end().catch(() => {});
  }
}
