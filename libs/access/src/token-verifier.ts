import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Caller } from './caller.js';
import { type KeySource, KeysUnavailableError } from './key-source.js';
import { type Scope, scopes } from './policy.js';

/** The token cannot be used. `reason` names the fault and never contains a part of the token. */
export class TokenRejectedError extends Error {
  override readonly name = 'TokenRejectedError';

  constructor(readonly reason: string) {
    super(`the token is not valid: ${reason}`);
  }
}

/** The settings of {@link TokenVerifier}. */
export interface TokenVerifierOptions {
  /** Finds the public key of a token. Required. */
  readonly keys: KeySource;
  /** The required claim `iss`. Required. */
  readonly issuer: string;
  /** The required member of the claim `aud`. Required. */
  readonly audience: string;
  /**
   * Names of the claims with scopes, separated by spaces; a name with dots is a path: `realm_access.roles`. A claim is an
   * array, or a text with spaces. Required.
   */
  readonly scopesClaim: string;
}

/** Asymmetric only: with a shared secret each service could issue tokens. `none` and HS… are rejected. */
const ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256', 'ES384', 'ES512', 'RS256', 'PS256'];
const CLOCK_TOLERANCE_SECONDS = 5;
const AGE_MAX_SECONDS = 86_400;
const CACHE_SIZE_MAX = 2_000;
const CACHE_MAX_MS = 60_000;
const SUBJECT = /^\P{Cc}{1,64}$/u;

/**
 * Verifies JWTs: signature, `iss`, `aud`, `exp` and `nbf` with 5 s of tolerance, `iat` at most one day ago, and `sub`.
 * The last 2,000 verified tokens are cached by their text, for up to 60 s and never past `exp`.
 */
export class TokenVerifier {
  private readonly cache = new Map<string, { readonly caller: Caller; readonly endsAtMs: number }>();

  constructor(private readonly options: TokenVerifierOptions) {}

  /** The caller of a cached token. */
  findCached(token: string): Caller | undefined {
    const cached = this.cache.get(token);
    if (!cached) return undefined;
    if (Date.now() < cached.endsAtMs) return cached.caller;
    this.cache.delete(token);
    return undefined;
  }

  /** @throws TokenRejectedError, KeysUnavailableError */
  async verify(token: string): Promise<Caller> {
    const { keys, issuer, audience, scopesClaim } = this.options;
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        requiredClaims: ['sub', 'exp', 'iat'],
        maxTokenAge: AGE_MAX_SECONDS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      const caller = toCaller(payload, scopesClaim.split(' '));
      this.store(token, caller);
      return caller;
    } catch (error) {
      if (error instanceof KeysUnavailableError || error instanceof TokenRejectedError) throw error;
      throw new TokenRejectedError(describeFault(error));
    }
  }

  private store(token: string, caller: Caller): void {
    if (this.cache.size >= CACHE_SIZE_MAX) this.cache.delete(this.cache.keys().next().value!);
    this.cache.set(token, { caller, endsAtMs: Math.min(Date.now() + CACHE_MAX_MS, caller.expiresAtMs) });
  }
}

function toCaller(payload: JWTPayload, claims: readonly string[]): Caller {
  const { sub = '', exp = 0 } = payload;
  if (!SUBJECT.test(sub) || sub.length > 64)
    throw new TokenRejectedError('sub must have 1 to 64 characters without control characters');
  const granted = new Set(claims.flatMap((claim) => readWords(payload, claim)));
  const known = scopes.filter((scope): scope is Scope => granted.has(scope));
  return { sub, scopes: new Set(known), expiresAtMs: exp * 1_000 };
}

/** A claim name may contain dots itself: `https://shop.example/roles`. */
function readWords(payload: JWTPayload, claim: string): string[] {
  const value = Object.hasOwn(payload, claim) ? payload[claim] : readPath(payload, claim.split('.'));
  if (typeof value === 'string') return value.split(' ');
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
}

function readPath(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return readPath((value as Record<string, unknown>)[name], rest);
}

/** The fault, for the client and the log. The messages of jose may quote claims. */
function describeFault(error: unknown): string {
  if (error instanceof errors.JWTExpired)
    return error.claim === 'iat' ? 'issued more than one day ago' : 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `unexpected claim ${error.claim}`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'wrong signature';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm not allowed';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return 'unknown key';
  return 'malformed';
}
