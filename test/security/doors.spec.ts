import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { generateAccessKey, issueToken, type Policy, scopes } from '#access';
import { services } from '#contracts';
import { type GuardedService, key, type Route, startGuarded } from './guarded-services.js';

const now = Math.floor(Date.now() / 1_000);
const claims = { iss: 'order-processing', aud: 'shop', sub: 'alice', iat: now, exp: now + 600 };
const everyScope = { sub: 'alice', scopes };

/** Tokens that no guarded route accepts, although they name every scope. */
const badTokens: readonly (readonly [string, () => Promise<string | undefined>])[] = [
  ['no token', () => Promise.resolve(undefined)],
  ['an expired token', () => issueToken(key, { ...everyScope, lifetimeSeconds: -60 })],
  [
    'a token of another issuer',
    () => issueToken(key, { ...everyScope, issuer: 'https://elsewhere.example' }),
  ],
  ['a token for another audience', () => issueToken(key, { ...everyScope, audience: 'elsewhere' })],
  ['a token with alg none', async () => new UnsecuredJWT({ ...claims, scope: scopes.join(' ') }).encode()],
  ['a token of another key', () => issueToken(generateAccessKey(), everyScope)],
  ['another key under the known kid', () => issueToken({ ...generateAccessKey(), kid: key.kid }, everyScope)],
  [
    'a shared secret',
    () =>
      new SignJWT({ ...claims, scope: scopes.join(' ') })
        .setProtectedHeader({ alg: 'HS256', kid: key.kid })
        .sign(Buffer.from(String(key.x))),
  ],
];

/** A request body that notices whether it is read. */
function createBody(): { readonly stream: Readable; readonly isRead: () => boolean } {
  let isRead = false;
  const stream = new Readable({
    read() {
      isRead = true;
      this.push('{"text":"');
      this.push(null);
    },
  });
  return { stream, isRead: () => isRead };
}

describe.each(services)('%s', (service) => {
  let guarded: GuardedService;
  beforeAll(async () => (guarded = await startGuarded(service)));
  afterAll(() => guarded.app.close());

  const findRoutes = (isWanted: (policy: Policy) => boolean): Route[] =>
    guarded.routes.filter(({ policy, path }) => isWanted(policy) && !path.includes('*'));

  async function call({ method, path }: Route, token?: string) {
    const body = createBody();
    const hasBody = method === 'POST' || method === 'PUT';
    const response = await guarded.app.inject({
      method: method as 'GET',
      url: path.replaceAll(/:\w+/g, randomUUID()),
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(hasBody && { 'content-type': 'application/json' }),
      },
      ...(hasBody && { payload: body.stream }),
    });
    return {
      status: response.statusCode,
      isBodyRead: body.isRead(),
      challenge: response.headers['www-authenticate'],
    };
  }

  test('has guarded routes, HEAD included', () => {
    const found = findRoutes((policy) => policy !== 'public');
    expect(found.length).toBeGreaterThan(15);
    expect(found.filter(({ method }) => method === 'HEAD').length).toBeGreaterThan(5);
  });

  test.each(badTokens)(
    'refuses %s on every guarded route, before the body is read',
    async (_, createToken) => {
      const token = await createToken();
      for (const route of findRoutes((policy) => policy !== 'public')) {
        expect(await call(route, token), `${route.method} ${route.path}`).toEqual({
          status: 401,
          isBodyRead: false,
          challenge: expect.stringContaining('Bearer realm="shop"') as string,
        });
      }
    },
  );

  test.each(scopes)('admits %s alone exactly where the policy says', async (scope) => {
    const token = await issueToken(key, { sub: 'alice', scopes: [scope] });
    for (const route of findRoutes((policy) => policy !== 'public')) {
      const { status, isBodyRead } = await call(route, token);
      const name = `${route.method} ${route.path}`;
      if (route.policy.includes(scope)) expect([401, 403], name).not.toContain(status);
      else expect({ status, isBodyRead }, name).toEqual({ status: 403, isBodyRead: false });
    }
  });

  test('admits everyone to public routes only', async () => {
    for (const route of findRoutes((policy) => policy === 'public')) {
      expect([401, 403], `${route.method} ${route.path}`).not.toContain((await call(route)).status);
    }
  });
});

test('a stranger can change nothing', async () => {
  for (const service of services) {
    const { app, routes } = await startGuarded(service);
    const open = routes.filter(({ policy }) => policy === 'public').map(({ method }) => method);
    expect([...new Set(open)].toSorted()).toEqual(['GET', 'HEAD']);
    await app.close();
  }
});
