import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type CryptoKey,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  type LocalJWKSet,
  type RemoteJWKSet,
} from 'jose';
import type { Log } from '#observability';

/** No key can verify the token now: the provider is unavailable. Answer 503. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

/** Finds the public key of a token. @throws KeysUnavailableError, JOSEError when the set has no such key */
export type KeySource = JWTVerifyGetKey;

const FILE_CHECK_INTERVAL_MS = 1_000;

/**
 * Reads a JWK set from a file, and reads it again within 1 s after it changed. A changed file that cannot be used is
 * logged, and the last keys stay.
 *
 * @throws Error when the file cannot be used, or contains a private key
 */
export function readKeysFromFile(path: string, log: Log): KeySource {
  let keys = parseKeys(path);
  let version: string | undefined;
  let nextCheckAtMs = 0;
  const check = async (): Promise<void> => {
    nextCheckAtMs = performance.now() + FILE_CHECK_INTERVAL_MS;
    try {
      const { mtimeMs, ino, size } = await stat(path);
      const found = [mtimeMs, ino, size].join(' ');
      if (found === version) return;
      keys = parseKeys(path);
      version = found;
    } catch (err) {
      log.warn({ err }, 'the access keys cannot be read; the last keys stay');
    }
  };
  return async (header, token) => {
    if (performance.now() >= nextCheckAtMs) await check();
    return keys(header, token);
  };
}

function parseKeys(path: string): LocalJWKSet {
  try {
    const jwks = JSON.parse(readFileSync(path, 'utf8')) as JSONWebKeySet;
    const keys = createLocalJWKSet(jwks);
    if (jwks.keys.some((key) => 'd' in key || key.kty === 'oct'))
      throw new Error('it contains a private or symmetric key; give a service public keys only');
    return keys;
  } catch (cause) {
    throw new Error(`${path} is no JWK set: ${(cause as Error).message}`, { cause });
  }
}

/** The settings of {@link fetchKeys}. */
export interface FetchKeysOptions {
  /** Receives failed requests to the provider, at `warn`. Required. */
  readonly log: Log;
  /** Age, in ms, at which the keys are fetched again in the background. Default 5 minutes. */
  readonly refreshAfterMs?: number;
  /** Shortest time, in ms, between two requests to the provider. Default 5,000. */
  readonly cooldownMs?: number;
  /** Age, in ms, at which keys are no longer used. Default 24 h, the longest age of a token. */
  readonly staleMaxMs?: number;
  /** Timeout of a request to the provider, in ms. Default 3,000. */
  readonly timeoutMs?: number;
}

/**
 * Fetches a JWK set over HTTP. An unknown `kid` fetches it at once, so a rotation needs no restart. While the provider is
 * unavailable the last keys verify tokens, up to `staleMaxMs`; a token of a key that is not among them gets
 * {@link KeysUnavailableError}. Strangers cannot cause more than one request per `cooldownMs`.
 */
export function fetchKeys(url: string, options: FetchKeysOptions): KeySource {
  const remote = new RemoteKeys(new URL(url), options);
  return (header, token) => remote.find(header, token);
}

class RemoteKeys {
  /** jose fetches only in `reload()`: {@link find} decides when. */
  private readonly keys: RemoteJWKSet;
  private fetchedAtMs = Number.NEGATIVE_INFINITY;
  private triedAtMs = Number.NEGATIVE_INFINITY;
  private lastError: unknown;

  constructor(
    url: URL,
    private readonly options: FetchKeysOptions,
  ) {
    this.keys = createRemoteJWKSet(url, {
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
      timeoutDuration: options.timeoutMs ?? 3_000,
    });
  }

  async find(...[header, token]: Parameters<KeySource>): Promise<CryptoKey> {
    const { refreshAfterMs = 300_000, staleMaxMs = 86_400_000 } = this.options;
    const age = performance.now() - this.fetchedAtMs;
    if (age > staleMaxMs) await this.fetch();
    else if (age > refreshAfterMs) void this.fetch().catch(() => {});
    try {
      return await this.keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.fetch();
      return this.keys(header, token);
    }
  }

  /** @throws KeysUnavailableError also during the cooldown after a failed request */
  private async fetch(): Promise<void> {
    const { cooldownMs = 5_000, log } = this.options;
    if (!this.keys.reloading && performance.now() - this.triedAtMs < cooldownMs) {
      if (this.lastError) throw new KeysUnavailableError('no access keys', { cause: this.lastError });
      return;
    }
    this.triedAtMs = performance.now();
    try {
      await this.keys.reload();
      this.fetchedAtMs = performance.now();
      this.lastError = undefined;
    } catch (err) {
      this.lastError = err;
      log.warn({ err }, 'the access keys cannot be fetched');
      throw new KeysUnavailableError('no access keys', { cause: err });
    }
  }
}
