import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';

import { hasIpv6 } from '../../../../libs/test-support/ipv6.js';
import type { LeasedOperation } from '../persistence/gateway-operations.js';
import { HttpGateway } from './http-gateway.js';

const OPERATION = {
  orderId: 'order-1',
  operation: 'authorize',
  idempotencyKey: 'order-1:authorize',
  money: { amount: 1, currency: 'CNY' },
  token: 'tok',
} as LeasedOperation;

/** A gateway that approves every request and records its path. */
async function startGateway(host = '127.0.0.1'): Promise<{ origin: string; paths: string[] }> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    const idempotencyKey = request.headers['idempotency-key'];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status: 'approved', idempotencyKey, id: 'auth_1' }));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  const name = host.includes(':') ? `[${host}]` : host;
  return { origin: `http://${name}:${(server.address() as AddressInfo).port}`, paths };
}

test.each([
  ['', '/v1/authorizations'],
  ['/', '/v1/authorizations'],
  ['/sandbox', '/sandbox/v1/authorizations'],
  ['/sandbox/', '/sandbox/v1/authorizations'],
])('a gateway URL ending in "%s" requests %s', async (path, expected) => {
  const { origin, paths } = await startGateway();
  const gateway = new HttpGateway({ url: `${origin}${path}`, timeoutMs: 5_000, connectionsMax: 1 });
  onTestFinished(() => gateway.close());
  expect(await gateway.send(OPERATION)).toMatchObject({ outcome: 'approved', reference: 'auth_1' });
  expect(paths).toEqual([expected]);
});

test.skipIf(!hasIpv6)('a gateway URL may name an IPv6 address', async () => {
  const { origin } = await startGateway('::1');
  const gateway = new HttpGateway({ url: origin, timeoutMs: 5_000, connectionsMax: 1 });
  onTestFinished(() => gateway.close());
  expect(await gateway.send(OPERATION)).toMatchObject({ outcome: 'approved' });
});

test.each(['http://user:secret@host', 'http://host/?mode=test', 'http://host/#part'])(
  'a gateway URL like %s stops the start',
  async (url) => {
    vi.stubEnv('PAYMENT_GATEWAY_URL', url);
    vi.stubEnv('PAYMENT_DATABASE_URL', 'postgres://host/database');
    vi.stubEnv('PAYMENT_RABBITMQ_URL', 'amqp://host');
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.resetModules();
    const failed = await import('../config.js').catch((error: unknown) => error);
    expect(String(failed)).toContain('PAYMENT_GATEWAY_URL: ');
    expect(String(failed)).not.toContain('secret');
  },
);
