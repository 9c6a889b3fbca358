import { resolve4 } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

/**
 * A TCP proxy with one published port per service. It distributes connections round-robin over the service's replicas
 * and skips one that does not accept them. A replica's published port is no stable address: Docker reassigns the ports
 * of a range at every start.
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
    throw new Error(`PROXY_ROUTES is invalid at "${text}"; expected 3000=order:3000 …`);
  return { port: Number(port), host, targetPort: Number(targetPort) };
}

function listen(route: Route): void {
  let turn = 0;
  // FIN is forwarded in each direction separately: a client may half-close and still await the response.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => client.destroy());
    void connectToReplica(route, turn++).then(
      (replica) => {
        // Each direction ends separately; an error destroys both sockets.
        pipeline(client, replica, () => {});
        pipeline(replica, client, () => {});
      },
      () => client.destroy(),
    );
  });
  server.listen(route.port, '0.0.0.0');
}

/** Connects to the next replica that accepts. @throws Error when none does within 2 s each */
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
  throw new Error(`no replica of ${host} accepts connections`);
}
