import { createLocalJWKSet, exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { expect, test, vi } from 'vitest';

import { generateAccessKey, issueToken, LOCAL_AUDIENCE, LOCAL_ISSUER, toJwks } from './access-key.js';
import { type KeySource, KeysUnavailableError } from './key-source.js';
import { TokenRejectedError, TokenVerifier } from './token-verifier.js';

const key = generateAccessKey();
const options = {
  keys: createLocalJWKSet(toJwks([key])),
  issuer: LOCAL_ISSUER,
  audience: LOCAL_AUDIENCE,
  scopesClaim: 'scope',
};
const verifier = new TokenVerifier(options);

const now = (): number => Math.floor(Date.now() / 1_000);

/** A token of the local issuer with other claims; undefined removes a claim. */
function sign(claims: Record<string, unknown>, header: object = {}, signingKey: JWK = key): Promise<string> {
  const payload = { iss: LOCAL_ISSUER, aud: LOCAL_AUDIENCE, sub: 'alice', scope: 'shop', iat: now() };
  return new SignJWT({ ...payload, exp: now() + 600, ...claims })
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid, ...header })
    .sign(signingKey);
}

async function rejection(token: string, by = verifier): Promise<string> {
  const error = await by.verify(token).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TokenRejectedError)) throw new Error(`not rejected: ${String(error)}`);
  if (token.length > 20) expect(error.message).not.toContain(token);
  return error.reason;
}

test('a token names the caller, its scopes and its end', async () => {
  const token = await issueToken(key, { sub: 'alice', scopes: ['shop', 'stock'], lifetimeSeconds: 600 });
  const caller = await verifier.verify(token);
  expect(caller).toMatchObject({ sub: 'alice', scopes: new Set(['shop', 'stock']) });
  expect(Math.abs(caller.expiresAtMs - Date.now() - 600_000)).toBeLessThan(5_000);
});

test.each<[string, Record<string, unknown>, string]>([
  ['has expired', { exp: now() - 6 }, 'expired'],
  ['has no end', { exp: undefined }, 'unexpected claim exp'],
  ['is not valid yet', { nbf: now() + 60 }, 'unexpected claim nbf'],
  ['is more than a day old', { iat: now() - 86_406 }, 'issued more than one day ago'],
  ['has no time of issue', { iat: undefined }, 'unexpected claim iat'],
  ['is of another issuer', { iss: 'https://elsewhere.example' }, 'unexpected claim iss'],
  ['is for another audience', { aud: 'another' }, 'unexpected claim aud'],
  ['has no audience', { aud: undefined }, 'unexpected claim aud'],
  ['has no subject', { sub: undefined }, 'unexpected claim sub'],
  ['has an empty subject', { sub: '' }, 'sub must have 1 to 64 characters without control characters'],
  [
    'has a subject of 65 letters',
    { sub: 'x'.repeat(65) },
    'sub must have 1 to 64 characters without control characters',
  ],
  [
    'has a line break in the subject',
    { sub: 'a\nb' },
    'sub must have 1 to 64 characters without control characters',
  ],
])('a token that %s is rejected', async (_, claims, reason) => {
  expect(await rejection(await sign(claims))).toBe(reason);
});

test('clocks may differ by 5 s', async () => {
  expect(await verifier.verify(await sign({ exp: now() - 3 }))).toMatchObject({ sub: 'alice' });
  expect(await verifier.verify(await sign({ nbf: now() + 3 }))).toMatchObject({ sub: 'alice' });
});

test('a token without a valid signature is rejected', async () => {
  const other = generateAccessKey();
  const valid = await sign({});
  const [header = '', payload = '', signature = ''] = valid.split('.');
  const forged = Buffer.from(
    JSON.stringify({ ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), sub: 'bob' }),
  ).toString('base64url');
  expect(await rejection(await sign({}, {}, other))).toBe('wrong signature');
  expect(await rejection(await sign({}, { kid: other.kid }, other))).toBe('unknown key');
  expect(await rejection([header, forged, signature].join('.'))).toBe('wrong signature');
  expect(await rejection([header, payload, ''].join('.'))).toBe('wrong signature');
  for (const text of ['', 'x', 'a.b', 'a.b.c', `${valid}x`.repeat(3)]) await rejection(text);
});

test('none, a shared secret and a key in the header are rejected', async () => {
  const claims = { iss: LOCAL_ISSUER, aud: LOCAL_AUDIENCE, sub: 'alice', iat: now(), exp: now() + 60 };
  await rejection(new UnsecuredJWT(claims).encode());
  const secret = Buffer.from(JSON.stringify(toJwks([key])));
  const hmac = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: key.kid }).sign(secret);
  expect(await rejection(await hmac)).toBe('algorithm not allowed');
  const own = generateAccessKey();
  expect(await rejection(await sign({}, { jwk: toJwks([own]).keys[0] }, own))).toBe('wrong signature');
});

test.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])(
  'a key of an identity provider may be %s',
  async (alg) => {
    const pair = await generateKeyPair(alg, { extractable: true });
    const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k', alg }] });
    const token = await sign({}, { alg, kid: 'k' }, await exportJWK(pair.privateKey));
    expect(await new TokenVerifier({ ...options, keys }).verify(token)).toMatchObject({ sub: 'alice' });
  },
);

test.each<[string, string, Record<string, unknown>]>([
  ['Keycloak, client scopes', 'scope', { scope: 'openid shop support profile' }],
  [
    'Keycloak, realm roles',
    'realm_access.roles',
    { realm_access: { roles: ['shop', 'support', 'offline'] } },
  ],
  ['Entra, delegated and application', 'scp roles', { scp: 'shop', roles: ['support'] }],
  [
    'Auth0, a namespaced claim',
    'https://shop.example/roles',
    { 'https://shop.example/roles': ['shop', 'support'] },
  ],
])('scopes are read from the claims of %s', async (_, scopesClaim, claims) => {
  const caller = await new TokenVerifier({ ...options, scopesClaim }).verify(
    await sign({ scope: 'operator', ...claims }),
  );
  expect(caller.scopes).toEqual(new Set(['shop', 'support']));
});

test.each<[string, Record<string, unknown>]>([
  ['a number', { scope: 7 }],
  ['an object', { scope: { shop: true } }],
  ['texts within texts', { scope: ['shop operator', 7] }],
  ['no known scope', { scope: 'admin SHOP shops' }],
  ['nothing', { scope: undefined }],
])('scopes given as %s grant nothing', async (_, claims) => {
  expect((await verifier.verify(await sign(claims))).scopes).toEqual(new Set());
});

test('a verified token is cached up to 60 s and never past its end', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const cached = new TokenVerifier(options);
    const [short, long] = [await sign({ exp: now() + 20 }), await sign({ exp: now() + 600 })];
    const callers = [await cached.verify(short), await cached.verify(long)];
    expect([cached.findCached(short), cached.findCached(long)]).toEqual(callers);
    vi.advanceTimersByTime(20_000);
    expect([cached.findCached(short), cached.findCached(long)]).toEqual([undefined, callers[1]]);
    vi.advanceTimersByTime(40_000);
    expect(cached.findCached(long)).toBeUndefined();
  } finally {
    vi.useRealTimers();
  }
});

test('the cache keeps the last 2,000 tokens, and none that was rejected', async () => {
  const cached = new TokenVerifier(options);
  const first = await sign({ sub: 'first' });
  await cached.verify(first);
  for (let count = 0; count < 2_000; count += 1) await cached.verify(await sign({ sub: `s${count}` }));
  expect(cached.findCached(first)).toBeUndefined();
  const bad = await sign({ aud: 'another' });
  await rejection(bad, cached);
  expect(cached.findCached(bad)).toBeUndefined();
});

test('unavailable keys are no fault of the token', async () => {
  const keys: KeySource = () => Promise.reject(new KeysUnavailableError('no access keys'));
  await expect(new TokenVerifier({ ...options, keys }).verify(await sign({}))).rejects.toThrow(
    KeysUnavailableError,
  );
});
