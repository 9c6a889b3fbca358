import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { onTestFinished } from 'vitest';

/** Whether this machine has the IPv6 address `::1`. */
export const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

/** Listens on `::1` and forwards to the server of `url`; closed when the test is over. Returns `url` with that address. */
export async function openIpv6Forwarder(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
  onTestFinished(() => void server.close());
  return Object.assign(new URL(url), {
    hostname: '[::1]',
    port: String((server.address() as { port: number }).port),
  }).href;
}
