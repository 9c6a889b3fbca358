import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { isTransient } from './errors.js';

const RETRY_INTERVAL_MS = 500;

/**
 * Resolves as soon as the server lets us in, and waits for one that is away, starting, or full.
 *
 * @throws what it says when it refuses us, at once; when it is still away after `withinMs`, why
 */
export async function waitForDatabase(url: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      await connectOnce(url);
      return;
    } catch (error) {
      if (!isTransient(error) || Date.now() > deadline) throw error;
      await delay(RETRY_INTERVAL_MS);
    }
  }
}

async function connectOnce(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // connecting rejects with it
  try {
    await client.connect();
  } finally {
    await client.end().catch(() => {});
  }
}
