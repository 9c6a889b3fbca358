import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What a {@link openStartupFilter} does with a startup parameter: drop it silently, or refuse the connection. */
export type OnParameter = (name: string) => 'pass' | 'drop' | 'refuse';

const PROTOCOL_VERSION = 196_608;

/**
 * A stand-in for a connection pooler where none is installed: forwards PostgreSQL connections and filters the parameters of
 * their startup message. Refuses like PgBouncer, with SQLSTATE 08P01. Closed when the test is over.
 *
 * @returns `url` with the address of the filter
 */
export async function openStartupFilter(url: string, onParameter: OnParameter): Promise<string> {
  const { hostname, port } = new URL(url);
  const server = createServer((client) => {
    client.on('error', () => undefined);
    client.once('data', (startup) => {
      const { refused, message } = filterStartup(startup, onParameter);
      if (refused !== undefined) return void client.end(encodeRefusal(refused));
      const upstream = connect(Number(port), hostname);
      upstream.on('error', () => client.destroy());
      client.on('close', () => upstream.destroy());
      upstream.write(message);
      pipeBoth(client, upstream);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return Object.assign(new URL(url), { port: String((server.address() as { port: number }).port) }).href;
}

function pipeBoth(client: Socket, upstream: Socket): void {
  client.pipe(upstream);
  upstream.pipe(client);
}

function filterStartup(
  startup: Buffer,
  onParameter: OnParameter,
): { readonly refused: string | undefined; readonly message: Buffer } {
  const texts = startup.subarray(8).toString().split('\0');
  let refused: string | undefined;
  let kept = '';
  for (let index = 0; texts[index]; index += 2) {
    const name = texts[index]!;
    const action = onParameter(name);
    if (action === 'refuse') refused ??= name;
    if (action === 'pass') kept += `${name}\0${texts[index + 1]}\0`;
  }
  const body = Buffer.from(`${kept}\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + body.length, 0);
  head.writeInt32BE(PROTOCOL_VERSION, 4);
  return { refused, message: Buffer.concat([head, body]) };
}

function encodeRefusal(parameter: string): Buffer {
  const fields = `SFATAL\0C08P01\0Munsupported startup parameter: ${parameter}\0\0`;
  const message = Buffer.alloc(5 + fields.length);
  message.write('E');
  message.writeInt32BE(4 + fields.length, 1);
  message.write(fields, 5);
  return message;
}
