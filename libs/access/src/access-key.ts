import { createHash, generateKeyPairSync } from 'node:crypto';
import { type JSONWebKeySet, type JWK, SignJWT } from 'jose';
import type { Scope } from './policy.js';

/** The issuer of tokens that {@link issueToken} signs, and the default of `ACCESS_ISSUER`. */
export const LOCAL_ISSUER = 'order-processing';
/** The audience of those tokens, and the default of `ACCESS_AUDIENCE`. */
export const LOCAL_AUDIENCE = 'shop';

/** A private Ed25519 key as a JWK with `kid` and `alg`. Only the issuer of tokens may hold it. */
export type AccessKey = JWK & { readonly kid: string; readonly d: string };

/** Generates a key that signs tokens; `kid` is derived from the public part. */
export function generateAccessKey(): AccessKey {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(x).digest('base64url').slice(0, 16);
  return { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid, x, d };
}

/** The public parts of keys, as the JWK set that a service verifies tokens with. */
export function toJwks(keys: readonly AccessKey[]): JSONWebKeySet {
  return { keys: keys.map(toPublicKey) };
}

function toPublicKey(key: AccessKey): JWK {
  const { d: _, ...publicKey } = key;
  return publicKey;
}

/** The claims of a token to sign. */
export interface TokenOptions {
  /** Who acts: the claim `sub`, 1 to 64 characters. Required. */
  readonly sub: string;
  /** Default `shop`. */
  readonly scopes?: readonly Scope[];
  /** In seconds; may be negative in tests. Default 12 h. */
  readonly lifetimeSeconds?: number;
  /** Default {@link LOCAL_ISSUER}. */
  readonly issuer?: string;
  /** Default {@link LOCAL_AUDIENCE}. */
  readonly audience?: string;
}

/** Signs a token with a local key. Production uses an identity provider instead. */
export function issueToken(key: AccessKey, options: TokenOptions): Promise<string> {
  const { sub, scopes = ['shop'], lifetimeSeconds = 12 * 3_600 } = options;
  const { issuer = LOCAL_ISSUER, audience = LOCAL_AUDIENCE } = options;
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ scope: scopes.join(' ') })
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid, typ: 'JWT' })
    .setSubject(sub)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(now + Math.min(lifetimeSeconds, 0))
    .setExpirationTime(now + lifetimeSeconds)
    .sign(key);
}
