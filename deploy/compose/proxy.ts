import { resolve4 } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

/**
 * One address for each service, however many replicas it has and wherever they were started: connections go to them in
 * turn, past one that does not answer. Docker gives a published range of ports out anew at every start, so a replica's own
 * port is nothing to write down.
 *
 * `PROXY_ROUTES`: `3000=order:3000 3001=inventory:3000`
 */
const CONNECT_TIMEOUT_MS = 2_000;

interface Route {
  readonly port: number;
  readonly host: string;
  readonly targetPort: number;
}

const routes = (process.env['PROXY_ROUTES'] ?? '').split(' ').map(parseRoute);
for (const route of routes) listen(route);
process.once('SIGTERM', () => process.exit(0));

function parseRoute(text: string): Route {
  const [, port, host, targetPort] = /^(\d+)=([\w.-]+):(\d+)$/.exec(text) ?? [];
  if (port === undefined || host === undefined)
    throw new Error('PROXY_ROUTES cannot be used; expected 3000=order:3000 …');
  return { port: Number(port), host, targetPort: Number(targetPort) };
}

function listen(route: Route): void {
  let turn = 0;
  // Half-closed is passed on: a client may have said all it has to say and still wait for the answer.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => client.destroy());
    void connectToReplica(route, turn++).then(
      (replica) => {
        // Each way ends when it is at its end; where one breaks, so does the other.
        pipeline(client, replica, () => {});
        pipeline(replica, client, () => {});
      },
      () => client.destroy(),
    );
  });
  server.listen(route.port, '0.0.0.0');
}

/** @throws when no replica takes the connection */
async function connectToReplica({ host, targetPort }: Route, turn: number): Promise<Socket> {
  const addresses = (await resolve4(host)).toSorted();
  for (const [index] of addresses.entries()) {
    const address = addresses[(turn + index) % addresses.length] ?? host;
    const socket = connect({ host: address, port: targetPort, allowHalfOpen: true, noDelay: true });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
      return socket;
    } catch {
      socket.destroy();
    }
  }
  throw new Error(`no ${host} answers`);
}
