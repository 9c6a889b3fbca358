import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Body, Controller, Get, Module, Post, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLocalJWKSet } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { answer, createHttpApp, Operation } from '#http';
import { createLogger } from '#observability';
import { generateAccessKey, issueToken, LOCAL_AUDIENCE, LOCAL_ISSUER, toJwks } from './access-key.js';
import { type Caller, CurrentCaller } from './caller.js';
import { guardRoutes } from './guard-routes.js';
import { type KeySource, KeysUnavailableError } from './key-source.js';
import { CallerLimits, type LimitConfig } from './limits.js';
import { Door, type Scope } from './policy.js';
import { callerRefused } from './refusals.js';
import { TokenVerifier } from './token-verifier.js';

const key = generateAccessKey();
const HIGH_LIMITS = {
  callerRequestsPerMinute: 1_000_000,
  callerConcurrencyMax: 1_000,
  rejectedTokensPerMinute: 1_000_000,
};
const schema = z.strictObject({ text: z.string() });
const done = answer(z.unknown(), { description: 'Done.', example: {} });
let handled = 0;

@Door('shop')
@Controller()
class TestController {
  @Get('public')
  @Door('public')
  @Operation({ id: 'open', summary: 'Open', answers: { 200: done } })
  open() {
    return { ok: true };
  }

  @Get('own')
  @Operation({ id: 'own', summary: 'Own', answers: { 200: done } })
  own(@CurrentCaller() { sub }: Caller) {
    return { sub };
  }

  @Post('staff')
  @Door('support', 'operator')
  @Operation({ id: 'staff', summary: 'Staff', answers: { 201: done } })
  staff(@Body({ schema }) body: z.output<typeof schema>) {
    handled += 1;
    return body;
  }
}

@Module({ controllers: [TestController] })
class TestModule {}

let log = '';
const apps: NestFastifyApplication[] = [];
afterAll(() => Promise.all(apps.map((app) => app.close())));

/** Starts an app; undefined keys are those of a service without keys. @returns its origin */
async function start(
  keys: KeySource | undefined,
  module: Type = TestModule,
  limits: Partial<LimitConfig> = {},
): Promise<string> {
  const verifier =
    keys && new TokenVerifier({ keys, issuer: LOCAL_ISSUER, audience: LOCAL_AUDIENCE, scopesClaim: 'scope' });
  const app = await createHttpApp(module, {
    config: { shutdownTimeoutMs: 1_000 },
    logger: createLogger({ service: 'test', level: 'info', destination: { write: (line) => (log += line) } }),
    title: 'Test',
    description: 'Test',
    guard: (fastify) =>
      guardRoutes(fastify, {
        verifier,
        limits: new CallerLimits({ ...HIGH_LIMITS, ...limits }),
        keysMissing: 'ORDER_ACCESS_JWKS_FILE is not set',
      }),
  });
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

let origin = '';
beforeAll(async () => (origin = await start(createLocalJWKSet(toJwks([key])))));

function call(path: string, init: RequestInit & { readonly token?: string } = {}, at = origin) {
  const { token, ...rest } = init;
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(at + path, { ...rest, headers: { 'content-type': 'application/json', ...headers } });
}

const tokenFor = (...scopes: Scope[]): Promise<string> => issueToken(key, { sub: 'alice', scopes });

test('a route without a policy prevents the start', async () => {
  @Controller()
  class Forgotten {
    @Get('forgotten')
    show() {
      return {};
    }
  }
  @Module({ controllers: [Forgotten] })
  class ForgottenModule {}
  await expect(start(undefined, ForgottenModule)).rejects.toThrow(
    "GET /forgotten has no policy: add @Door('public') or @Door(scope) to its handler",
  );
});

test('a handler has the caller of the token', async () => {
  expect(await (await call('/own', { token: await tokenFor('shop') })).json()).toEqual({ sub: 'alice' });
  const lowerCase = { authorization: `bearer  ${await tokenFor('shop')}` };
  expect((await fetch(`${origin}/own`, { headers: lowerCase })).status).toBe(200);
});

test('HEAD has the policy of GET', async () => {
  expect((await call('/public', { method: 'HEAD' })).status).toBe(200);
  expect((await call('/own', { method: 'HEAD' })).status).toBe(401);
  expect((await call('/own', { method: 'HEAD', token: await tokenFor('shop') })).status).toBe(200);
});

test('a missing token, a wrong token and a missing scope have different challenges', async () => {
  const responses = await Promise.all([
    call('/own'),
    call('/own', { token: 'x.y.z' }),
    call('/own', { token: await tokenFor('stock') }),
  ]);
  expect(responses.map(({ status, headers }) => [status, headers.get('www-authenticate')])).toEqual([
    [401, 'Bearer realm="shop"'],
    [401, 'Bearer realm="shop", error="invalid_token", error_description="malformed"'],
    [403, 'Bearer realm="shop", error="insufficient_scope", scope="shop"'],
  ]);
  for (const { headers } of responses) {
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(headers.get('x-correlation-id')).not.toBeNull();
  }
});

test('one of the scopes of a route suffices', async () => {
  const post = async (...scopes: Scope[]): Promise<number> =>
    (await call('/staff', { method: 'POST', body: '{"text":"x"}', token: await tokenFor(...scopes) })).status;
  expect(
    await Promise.all([post('support'), post('operator'), post('shop'), post('catalogue', 'stock')]),
  ).toEqual([201, 201, 403, 403]);
});

/** Sends the head of a request whose body never arrives. @returns the status line */
function sendHead(headers: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    const socket = connect(Number(port), hostname).on('error', reject);
    socket.once('data', (bytes: Buffer) => {
      resolve(bytes.toString().split('\r\n')[0] ?? '');
      socket.destroy();
    });
    socket.write(
      `POST /staff HTTP/1.1\r\nhost: x\r\n${headers}content-type: application/json\r\ncontent-length: 50\r\n\r\n`,
    );
  });
}

test('a caller is refused before the body arrives', async () => {
  expect(await sendHead('')).toBe('HTTP/1.1 401 Unauthorized');
  expect(await sendHead(`authorization: Bearer ${await tokenFor('shop')}\r\n`)).toBe(
    'HTTP/1.1 403 Forbidden',
  );
  const before = handled;
  const malformed = await call('/staff', { method: 'POST', body: '{', token: await tokenFor('shop') });
  expect([malformed.status, handled]).toEqual([403, before]);
});

test('without keys every route that is not public answers 401', async () => {
  const closed = await start(undefined);
  expect((await call('/public', {}, closed)).status).toBe(200);
  for (const token of [undefined, await tokenFor('shop')]) {
    const response = await call('/own', token === undefined ? {} : { token }, closed);
    expect([response.status, await response.text()]).toEqual([
      401,
      expect.stringContaining('ORDER_ACCESS_JWKS_FILE is not set'),
    ]);
  }
});

test('unavailable keys are a 503', async () => {
  const unavailable = await start(() => Promise.reject(new KeysUnavailableError('no access keys')));
  const response = await call('/own', { token: await tokenFor('shop') }, unavailable);
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  expect((await call('/public', {}, unavailable)).status).toBe(200);
});

test('a refusal is logged and counted, and no log has a token', async () => {
  const refused: number[] = [];
  const unsubscribe = callerRefused.subscribe(({ status }) => refused.push(status));
  const token = await tokenFor('stock');
  const wrong = `${token.slice(0, -4)}AAAA`;
  log = '';
  await call('/own', { token });
  await call('/own', { token: wrong });
  unsubscribe();
  expect(refused).toEqual([403, 401]);
  expect(log).toContain('"address":"127.0.0.1","status":403,"type":"urn:problem-type:insufficient-scope"');
  expect(log).toContain('"reason":"The token is not valid: wrong signature.","route":"/own"');
  for (const secret of [token, wrong]) expect(log).not.toContain(secret.split('.')[1]);
});

test('the OpenAPI document names the scopes of guarded routes only', async () => {
  const { paths } = (await (await call('/docs-json')).json()) as {
    paths: Record<string, Record<string, { security?: unknown; responses: object }>>;
  };
  const [open, own, staff] = [paths['/public']?.['get'], paths['/own']?.['get'], paths['/staff']?.['post']];
  expect(open?.security).toEqual([]);
  expect(own?.security).toEqual([{ bearer: ['shop'] }]);
  expect(staff?.security).toEqual([{ bearer: ['support'] }, { bearer: ['operator'] }]);
  for (const status of ['401', '403', '429']) {
    expect(Object.keys(own?.responses ?? {})).toContain(status);
    expect(Object.keys(open?.responses ?? {})).not.toContain(status);
  }
});

test('an unknown path is a 404 or 405 without a token', async () => {
  expect((await call('/nothing')).status).toBe(404);
  expect((await call('/own', { method: 'DELETE' })).status).toBe(405);
});

describe('limits', () => {
  const keys = createLocalJWKSet(toJwks([key]));

  test('a caller above its rate gets 429, with another token, address, case or key too', async () => {
    const limited = await start(keys, TestModule, { callerRequestsPerMinute: 2 });
    const token = await tokenFor('shop');
    expect((await call('/own', { token }, limited)).status).toBe(200);
    expect((await call('/own', { token: await tokenFor('shop', 'stock') }, limited)).status).toBe(200);
    for (const headers of [{}, { 'x-forwarded-for': '203.0.113.9' }, { 'idempotency-key': 'another' }]) {
      const refused = await fetch(`${limited}/own`, {
        headers: { AUTHORIZATION: `BEARER ${token}`, ...headers },
      });
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
      expect(await refused.json()).toMatchObject({ type: 'urn:problem-type:too-many-requests' });
    }
    const bob = await issueToken(key, { sub: 'bob' });
    expect((await call('/own', { token: bob }, limited)).status).toBe(200);
  });

  test('an address with too many rejected tokens gets 429, verified tokens pass', async () => {
    const limited = await start(keys, TestModule, { rejectedTokensPerMinute: 2 });
    const token = await tokenFor('shop');
    expect((await call('/own', { token }, limited)).status).toBe(200);
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1)
      statuses.push((await call('/own', { token: `x.y.${count}` }, limited)).status);
    expect(statuses).toEqual([401, 401, 429, 429]);
    expect((await call('/own', { token }, limited)).status).toBe(200);
    expect((await call('/public', {}, limited)).status).toBe(200);
  });

  test('a caller has a limited number of requests at once, and an ended one makes room', async () => {
    const limited = await start(keys, TestModule, { callerConcurrencyMax: 2 });
    const { hostname, port } = new URL(limited);
    const token = await tokenFor('support');
    const stall = async (): Promise<Socket> => {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.write(
        `POST /staff HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{`,
      );
      return socket;
    };
    const post = async (): Promise<number> =>
      (await call('/staff', { method: 'POST', body: '{"text":"x"}', token }, limited)).status;
    const stalled = [await stall(), await stall()];
    await expect.poll(post).toBe(429);
    stalled[0]!.destroy();
    await expect.poll(post).toBe(201);
    stalled[1]!.destroy();
  });
});
