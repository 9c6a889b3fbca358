import { mkdtempSync, readFileSync, rmSync, appendFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpApp } from '#http';
import { createLogger } from '#observability';
import { GatewayModule } from './gateway.module.js';
import { gatewayProblem } from './http/problems.js';

let app: NestFastifyApplication;
let origin: string;
let folder: string;

async function start(settings: { keysMax?: number; keyRetentionMs?: number } = {}): Promise<void> {
  const config = { keysMax: 1_000, ledgerFile: join(folder, 'ledger.jsonl'), ...settings };
  app = await createHttpApp(GatewayModule.forRoot(config), {
    config: { shutdownTimeoutMs: 1_000 },
    logger: createLogger({ service: 'gateway-simulator', level: 'silent' }),
    title: 'Gateway',
    description: '',
    guard: 'none',
    mapError: gatewayProblem,
  });
  await app.listen(0, '127.0.0.1');
  origin = await app.getUrl();
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  await start();
});

afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

interface GatewayResponse {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & { id: string };
}

async function send(
  method: string,
  path: string,
  body?: object,
  key?: string,
  signal?: AbortSignal,
): Promise<GatewayResponse> {
  const response = await fetch(`${origin}/v1/${path}`, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...(key && { 'idempotency-key': key }) },
    ...(body && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: JSON.parse(text || '{}') as GatewayResponse['body'],
  };
}

const order = (token = 'tok_visa', amount = 100) => ({ reference: 'o-1', amount, currency: 'CNY', token });
const authorize = (key: string, token?: string, amount?: number) =>
  send('POST', 'authorizations', order(token, amount), key);
const entries = async () => (await send('GET', 'ledger')).body['entries'] as Record<string, unknown>[];

describe('an operation', () => {
  it('refers to the authorization or capture before it', async () => {
    const { body: authorization } = await authorize('k1');
    expect(authorization).toMatchObject({
      status: 'approved',
      reference: 'o-1',
      amount: 100,
      idempotencyKey: 'k1',
    });
    const { body: capture } = await send(
      'POST',
      `authorizations/${authorization.id}/captures`,
      { amount: 100 },
      'k2',
    );
    const { body: refund } = await send('POST', `captures/${capture.id}/refunds`, { amount: 60 }, 'k3');
    expect(refund).toMatchObject({
      status: 'approved',
      operation: 'refund',
      parentId: capture.id,
      amount: 60,
    });
    expect(await send('POST', `authorizations/${authorization.id}/voids`, undefined, 'k4')).toMatchObject({
      status: 200,
      body: { status: 'refused', reason: 'already_captured' },
    });
    expect((await send('GET', 'ledger/summary')).body).toMatchObject({
      capture: { approved: 1, amounts: { CNY: 100 } },
      refund: { approved: 1, amounts: { CNY: 60 } },
      void: { approved: 0, refused: 1 },
    });
  });

  it('that the bank refuses is a 200', async () => {
    expect(await authorize('k1', 'tok_declined')).toMatchObject({
      status: 200,
      body: { status: 'refused', reason: 'declined' },
    });
  });

  it('on an unknown id is a 404', async () => {
    expect(await send('POST', 'captures/cap_1/refunds', { amount: 1 }, 'k1')).toMatchObject({ status: 404 });
  });

  it('with a new key beyond KEYS_MAX is a 503', async () => {
    await app.close();
    await start({ keysMax: 1 });
    await authorize('k1');
    expect(await authorize('k2')).toMatchObject({
      status: 503,
      body: { type: 'urn:problem-type:ledger-full' },
    });
    expect(await authorize('k1')).toMatchObject({ status: 200 });
  });
});

describe('an idempotency key', () => {
  it('returns the same response again, and counts its requests', async () => {
    const first = await authorize('k1');
    const second = await authorize('k1');
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await entries()).toEqual([expect.objectContaining({ id: first.body.id, requests: 2 })]);
  });

  it('reused for another request is a 422', async () => {
    await authorize('k1');
    expect(await authorize('k1', 'tok_visa', 101)).toMatchObject({
      status: 422,
      body: { type: 'urn:problem-type:idempotency-key-reused' },
    });
  });

  it('is executed again once it is forgotten; a lookup finds both', async () => {
    await app.close();
    await start({ keyRetentionMs: 100 });
    const first = await authorize('k1');
    await expect.poll(async () => (await authorize('k1')).body.id).not.toBe(first.body.id);
    expect((await send('GET', 'operations?reference=o-1')).body).toMatchObject({
      operations: [
        { id: first.body.id, operation: 'authorize', idempotencyKey: 'k1' },
        { idempotencyKey: 'k1', status: 'approved' },
      ],
    });
    expect((await send('GET', 'operations?reference=o-2')).body).toEqual({ operations: [] });
    expect(await send('GET', 'operations')).toMatchObject({ status: 400 });
  });

  it('in flight is a 409; the first request completes unattended', async () => {
    await send('PUT', 'modes', { authorize: { behaviour: 'slow', delayMs: 500, times: 1 } });
    const client = new AbortController();
    const first = send('POST', 'authorizations', order(), 'k1', client.signal).catch(() => 'aborted');
    await expect.poll(async () => (await send('GET', 'modes')).body).toEqual({});
    expect(await authorize('k1')).toMatchObject({ status: 409 });
    client.abort();
    expect(await first).toBe('aborted');
    await expect.poll(async () => (await authorize('k1')).status).toBe(200);
    expect(await entries()).toHaveLength(1);
  });

  it('survives a restart, without an incomplete last line', async () => {
    const { body: before } = await authorize('k1');
    await app.close();
    appendFileSync(join(folder, 'ledger.jsonl'), '{"entry":{"id":"auth_torn"');
    await start();
    expect((await authorize('k1')).body).toEqual(before);
    await authorize('k2');
    expect((await entries()).map(({ idempotencyKey }) => idempotencyKey)).toEqual(['k1', 'k2']);
    expect(readFileSync(join(folder, 'ledger.jsonl'), 'utf8')).not.toContain('tok_');
  });
});

describe('a mode', () => {
  it('overrides the token for a number of requests', async () => {
    await send('PUT', 'modes', { authorize: { behaviour: 'decline', times: 1 } });
    expect((await authorize('k1')).body).toMatchObject({ status: 'refused', reason: 'declined' });
    expect((await authorize('k2')).body).toMatchObject({ status: 'approved' });
    expect((await send('GET', 'modes')).body).toEqual({});
  });

  it('applies to one order', async () => {
    await send('PUT', 'modes', { authorize: { behaviour: 'decline', reference: 'another' } });
    expect((await authorize('k1')).body).toMatchObject({ status: 'approved' });
  });

  it('`fail` executes no operation; the key succeeds later', async () => {
    await send('PUT', 'modes', { authorize: { behaviour: 'fail' } });
    expect(await authorize('k1')).toMatchObject({ status: 500 });
    expect(await entries()).toEqual([]);
    expect((await send('DELETE', 'modes')).status).toBe(204);
    expect((await authorize('k1')).body).toMatchObject({ status: 'approved' });
    expect(await entries()).toEqual([expect.objectContaining({ requests: 2 })]);
  });

  it.each([401, 404, 429, 599])('`fail` responds with status %i', async (status) => {
    await send('PUT', 'modes', { authorize: { behaviour: 'fail', status, times: 1 } });
    expect(await authorize('k1')).toMatchObject({
      status,
      body: { status, type: 'urn:problem-type:simulated-failure' },
    });
    expect(await entries()).toEqual([]);
    expect((await authorize('k1')).body).toMatchObject({ status: 'approved' });
  });

  it('`reject` executes no operation; the key succeeds later', async () => {
    await send('PUT', 'modes', { authorize: { behaviour: 'reject', times: 1 } });
    expect(await authorize('k1')).toMatchObject({
      status: 422,
      body: { type: 'urn:problem-type:simulated-rejection' },
    });
    expect(await entries()).toEqual([]);
    expect((await authorize('k1')).body).toMatchObject({ status: 'approved' });
  });

  it('`timeout_after_charge` charges once', async () => {
    await send('PUT', 'modes', { authorize: { behaviour: 'timeout_after_charge', times: 1 } });
    const client = new AbortController();
    const first = send('POST', 'authorizations', order(), 'k1', client.signal).catch(() => 'aborted');
    await expect.poll(entries).toHaveLength(1);
    client.abort();
    expect(await first).toBe('aborted');
    expect((await authorize('k1')).headers.get('idempotent-replayed')).toBe('true');
    expect(await entries()).toHaveLength(1);
  });

  it('`respond_twice` sends two responses for one charge', async () => {
    await send('PUT', 'modes', { authorize: { behaviour: 'respond_twice' } });
    const body = JSON.stringify(order());
    const head = `POST /v1/authorizations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nidempotency-key: k1\r\n`;
    const received = await receiveTwice(
      `${head}content-length: ${body.length}\r\n\r\n${body}`,
      'HTTP/1.1 200 OK',
    );
    expect(received.match(/"idempotencyKey":"k1"/g)).toHaveLength(2);
    expect(await entries()).toHaveLength(1);
  });

  it('with an invalid setting is rejected', async () => {
    const response = await send('PUT', 'modes', {
      authorize: { behaviour: 'decline', status: 404 },
      capture: { behaviour: 'slow' },
      pay: {},
    });
    expect(response.body['errors']).toEqual([
      expect.objectContaining({ pointer: '#/authorize/status' }),
      expect.objectContaining({ pointer: '#/capture/delayMs' }),
      expect.objectContaining({ pointer: '#/pay' }),
    ]);
  });
});

describe('the ledger', () => {
  it('is listed by page and by order', async () => {
    for (const key of ['k1', 'k2', 'k3']) await authorize(key);
    const { body: page } = await send('GET', 'ledger?reference=o-1&limit=2');
    expect(page['entries']).toHaveLength(2);
    const { body: nextPage } = await send(
      'GET',
      `ledger?reference=o-1&limit=2&after=${String(page['next'])}`,
    );
    expect(nextPage).toEqual({ entries: [expect.objectContaining({ idempotencyKey: 'k3' })] });
    expect((await send('GET', 'ledger?reference=o-2')).body).toEqual({ entries: [] });
  });
});

function receiveTwice(request: string, marker: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => socket.write(request));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      received += chunk.toString();
      if (received.split(marker).length < 3 || !received.endsWith('}')) return;
      socket.destroy();
      resolve(received);
    });
  });
}
