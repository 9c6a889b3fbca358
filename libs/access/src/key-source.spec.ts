import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';

import { RecordingLog } from '../../test-support/recording-log.js';
import {
  type AccessKey,
  generateAccessKey,
  issueToken,
  LOCAL_AUDIENCE,
  LOCAL_ISSUER,
  toJwks,
} from './access-key.js';
import {
  fetchKeys,
  type FetchKeysOptions,
  type KeySource,
  KeysUnavailableError,
  readKeysFromFile,
} from './key-source.js';
import { TokenRejectedError, TokenVerifier } from './token-verifier.js';

const [oldKey, newKey] = [generateAccessKey(), generateAccessKey()];
let log = new RecordingLog();
beforeEach(() => (log = new RecordingLog()));

/** Verifies a new token of a key, so no cache answers. */
function verifyWith(keys: KeySource, key: AccessKey): Promise<unknown> {
  const verifier = new TokenVerifier({
    keys,
    issuer: LOCAL_ISSUER,
    audience: LOCAL_AUDIENCE,
    scopesClaim: 'scope',
  });
  return issueToken(key, { sub: 'alice' }).then((token) => verifier.verify(token));
}

describe('keys in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jwks-'));
  const path = join(folder, 'jwks.json');
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (text: string): void => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };

  test('are read again when the file changes', async () => {
    write(JSON.stringify(toJwks([oldKey])));
    const keys = readKeysFromFile(path, log);
    await verifyWith(keys, oldKey);
    await expect(verifyWith(keys, newKey)).rejects.toThrow(TokenRejectedError);
    write(JSON.stringify(toJwks([newKey])));
    await expect
      .poll(
        () =>
          verifyWith(keys, newKey).then(
            () => 'verified',
            () => 'rejected',
          ),
        { timeout: 5_000 },
      )
      .toBe('verified');
    await expect(verifyWith(keys, oldKey)).rejects.toThrow(TokenRejectedError);
  });

  test('stay when the file becomes unusable, and a warning is logged', async () => {
    write(JSON.stringify(toJwks([oldKey])));
    const keys = readKeysFromFile(path, log);
    write('{');
    await verifyWith(keys, oldKey);
    expect(log.count('the access keys cannot be read; the last keys stay')).toBe(1);
  });

  test.each<[string, string]>([
    ['no JSON', '{'],
    ['no JWK set', '[]'],
    ['a private key', JSON.stringify({ keys: [oldKey] })],
    ['a shared secret', JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] })],
  ])('prevent the start with %s', (_, text) => {
    write(text);
    expect(() => readKeysFromFile(path, log)).toThrow(`${path} is no JWK set`);
  });

  test('prevent the start without the file', () => {
    expect(() => readKeysFromFile(join(folder, 'none.json'), log)).toThrow(
      /none\.json is no JWK set: ENOENT/,
    );
  });
});

describe('keys of an identity provider', () => {
  let served: readonly AccessKey[] = [];
  let isDown = false;
  let requests = 0;
  let server: Server;
  let url = '';

  beforeEach(async () => {
    [served, isDown, requests] = [[oldKey], false, 0];
    server = createServer((_, response) => {
      requests += 1;
      if (isDown) response.writeHead(500).end();
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(toJwks(served)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));

  const fetched = (options: Partial<FetchKeysOptions> = {}): KeySource =>
    fetchKeys(url, { log, cooldownMs: 0, ...options });

  test('are fetched once for many tokens', async () => {
    const keys = fetched();
    await Promise.all(Array.from({ length: 10 }, () => verifyWith(keys, oldKey)));
    expect(requests).toBe(1);
  });

  test('rotate without a restart', async () => {
    const keys = fetched({ refreshAfterMs: 0 });
    await verifyWith(keys, oldKey);
    served = [newKey, oldKey];
    await verifyWith(keys, newKey);
    await verifyWith(keys, oldKey);
    served = [newKey];
    await expect
      .poll(() =>
        verifyWith(keys, oldKey).then(
          () => 'verified',
          () => 'rejected',
        ),
      )
      .toBe('rejected');
    await verifyWith(keys, newKey);
  });

  test('stay in use while the provider is unavailable', async () => {
    const keys = fetched({ refreshAfterMs: 0 });
    await verifyWith(keys, oldKey);
    isDown = true;
    await verifyWith(keys, oldKey);
    await log.waitFor('the access keys cannot be fetched');
    await verifyWith(keys, oldKey);
    await expect(verifyWith(keys, newKey)).rejects.toThrow(KeysUnavailableError);
    isDown = false;
    served = [newKey];
    await verifyWith(keys, newKey);
  });

  test('are unavailable without a first response, and when they are too old', async () => {
    isDown = true;
    const keys = fetched();
    await expect(verifyWith(keys, oldKey)).rejects.toThrow(KeysUnavailableError);
    isDown = false;
    await verifyWith(keys, oldKey);
    const stale = fetched({ staleMaxMs: -1 });
    await verifyWith(stale, oldKey);
    isDown = true;
    await expect(verifyWith(stale, oldKey)).rejects.toThrow(KeysUnavailableError);
  });

  test('cause one request per cooldown, whatever keys strangers name', async () => {
    const keys = fetched({ cooldownMs: 60_000 });
    await verifyWith(keys, oldKey);
    for (let count = 0; count < 20; count += 1) {
      await expect(verifyWith(keys, generateAccessKey())).rejects.toThrow(TokenRejectedError);
    }
    expect(requests).toBe(1);
    isDown = true;
    const failing = fetched({ cooldownMs: 60_000 });
    for (let count = 0; count < 20; count += 1) {
      await expect(verifyWith(failing, oldKey)).rejects.toThrow(KeysUnavailableError);
    }
    expect(requests).toBe(2);
  });

  test('are unavailable when the provider does not answer in time', async () => {
    server.removeAllListeners('request').on('request', () => {});
    await expect(verifyWith(fetched({ timeoutMs: 50 }), oldKey)).rejects.toThrow(KeysUnavailableError);
  });
});
