import type { Pool, PoolClient } from 'pg';
import { databaseFault, DatabaseUnavailableError, sqlState } from './errors.js';

/**
 * Acquires a connection for `work` and releases it. When `work` rejects, `undo` runs on the connection first. After a
 * fault of the system the connection is closed, and so are all idle ones: the next connection may reach another primary
 * behind the same address, while the old one stays open.
 *
 * @throws DatabaseUnavailableError when no connection can be opened, or the socket's error
 */
export async function withConnection<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
  undo?: (client: PoolClient) => Promise<unknown>,
): Promise<Result> {
  let broken: Error | undefined;
  const onClientError = (error: Error): void => {
    broken = error;
  };
  const client = await acquireConnection(pool, onClientError);
  try {
    return await work(client);
  } catch (error) {
    if (needsNewConnection(error)) {
      broken = error as Error;
      discardIdleConnections(pool);
    } else
      await undo?.(client).catch((undoError: Error) => {
        broken = undoError;
      });
    throw error;
  } finally {
    client.off('error', onClientError);
    client.release(broken);
  }
}

/** Class 42 (schema and permissions) is the same on every connection to the server. */
function needsNewConnection(error: unknown): boolean {
  return databaseFault(error) === 'system' && sqlState(error)?.startsWith('42') !== true;
}

/** Closes the idle connections of the pool; it opens new ones when they are needed. */
function discardIdleConnections(pool: Pool): void {
  for (let idle = pool.idleCount; idle > 0; idle -= 1) {
    pool.connect((_, client) => client?.release(true));
  }
}

/**
 * Acquires a connection and attaches the error listener synchronously. Without a listener, the error of a connection that
 * ends between two statements ends the process. A promise would attach it too late: the pool may pass on a connection
 * while it reads the end of the previous statement, and the end of the session may be in the same chunk.
 */
function acquireConnection(pool: Pool, onError: (error: Error) => void): Promise<PoolClient> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client) => {
      if (client === undefined) return reject(toUnavailable(error!));
      client.on('error', onError);
      resolve(client);
    });
  });
}

/** A failure to connect is never the fault of the work, with any error of the driver. */
function toUnavailable(error: Error): Error {
  return databaseFault(error) === 'system' ? error : new DatabaseUnavailableError(error);
}
