import { once } from 'node:events';
import { connect, createServer } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { testVhost } from '../../libs/test-support/servers.js';
import { waitForBroker } from './wait-for-broker.js';

const url = await testVhost();

/** The URL of a proxy to the broker that changes the first digit of its version to 1: `3.10.8` to `1.10.8`. */
async function reportOldVersion(): Promise<string> {
  const { hostname, port } = new URL(url);
  const proxy = createServer((client) => {
    const broker = connect(Number(port || 5672), hostname);
    client.pipe(broker);
    broker.on('data', (bytes) => {
      const text = bytes.toString('latin1').replace(/(version\S{5})\d(\.\d+\.\d)/, '$11$2');
      client.write(Buffer.from(text, 'latin1'));
    });
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ] as const)
      from.on('error', () => {}).on('close', () => to.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  return Object.assign(new URL(url), {
    hostname: '127.0.0.1',
    port: (proxy.address() as { port: number }).port,
  }).href;
}

test('a broker older than the topology needs is refused by name and version', async () => {
  await waitForBroker(url, 0);
  await expect(waitForBroker(await reportOldVersion(), 60_000)).rejects.toThrow(
    /^PROVISION_RABBITMQ_URL: this is RabbitMQ 1\.\d+\.\S+, but RabbitMQ 3\.10 or newer is needed$/,
  );
});
