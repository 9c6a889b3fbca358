import type { PoolClient } from 'pg';

/**
 * The `verify` option of a pool: checks each new connection. While the check runs the pool does not listen to errors of the
 * connection, and without a listener a session that ends meanwhile ends the process. `check` rejects with the same error.
 */
export function verifyConnection(check: (client: PoolClient) => Promise<unknown>) {
  return (client: PoolClient, done: (error?: Error) => void): void => {
    const ignoreError = (): void => {};
    client.on('error', ignoreError);
    const end = (error?: Error): void => {
      client.off('error', ignoreError);
      done(error);
    };
    check(client).then(() => end(), end);
  };
}
