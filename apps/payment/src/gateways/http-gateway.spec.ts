import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { hasIpv6 } from '../../../../libs/test-support/ipv6.js';
import type { LeasedOperation } from '../persistence/gateway-operations.js';
import { HttpGateway } from './http-gateway.js';
import { OutcomeUnknownError, UnverifiedOperationError } from './payment-gateway.js';

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

describe('a lookup', () => {
  const KEY = OPERATION.idempotencyKey;
  async function find(operations: readonly object[]) {
    const server = createServer((request, response) => {
      const isFound = request.url === '/v1/operations?reference=order-1';
      response.writeHead(isFound ? 200 : 404).end(JSON.stringify({ operations }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const gateway = new HttpGateway({ url, timeoutMs: 5_000, connectionsMax: 1 });
    onTestFinished(() => gateway.close());
    return gateway.find(OPERATION);
  }

  test('returns the outcome under the key', async () => {
    const other = { operation: 'capture', idempotencyKey: 'x', status: 'approved', id: 'cap_1' };
    const approved = { operation: 'authorize', idempotencyKey: KEY, status: 'approved', id: 'auth_1' };
    expect(await find([other, approved])).toMatchObject({ outcome: 'approved', reference: 'auth_1' });
    const refused = { operation: 'authorize', idempotencyKey: KEY, status: 'refused', reason: 'declined' };
    expect(await find([refused])).toMatchObject({ outcome: 'refused', reason: 'declined' });
  });

  test('returns nothing when the operation was never executed', async () => {
    expect(await find([])).toBeUndefined();
    const refused = { operation: 'authorize', idempotencyKey: 'x', status: 'refused', reason: 'declined' };
    expect(await find([refused])).toBeUndefined();
  });

  test('fails when the operation was executed under another key, or is unreadable', async () => {
    const approved = { operation: 'authorize', idempotencyKey: 'x', status: 'approved', id: 'auth_1' };
    await expect(find([approved])).rejects.toThrow(UnverifiedOperationError);
    await expect(find([{ ...approved, operation: 'unknown' }])).rejects.toThrow(OutcomeUnknownError);
  });
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
