import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  isCompiled,
  isInstalled,
  markCompiled,
  markInstalled,
  refusedNode,
  removeOrphans,
  sources,
} from './freshness.mjs';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fresh ness-'));
  put('package-lock.json', '{}');
  put('tsconfig.build.json', '{ "include": ["apps", "libs", "demo"] }');
  put('apps/order/src/main.ts', 'export {};');
});
afterEach(() => rmSync(root, { recursive: true }));

/** @param {string} name @param {string} text */
function put(name, text, secondsAgo = 100) {
  const file = join(root, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const at = Date.now() / 1000 - secondsAgo;
  utimesSync(file, at, at);
}

test.each([
  ['20.19.0', false],
  ['20.18.3', true],
  ['18.20.8', true],
  ['22.0.0', false],
  ['24.21.0', false],
])('Node.js %s is rejected: %s', (version, refused) => {
  expect(refusedNode(version) !== undefined).toBe(refused);
});

describe('isInstalled', () => {
  test('is false without node_modules', () => {
    expect(isInstalled(root)).toBe(false);
  });

  test('is false after an interrupted install', () => {
    mkdirSync(join(root, 'node_modules/zod'), { recursive: true });
    expect(isInstalled(root)).toBe(false);
  });

  test('is false when the lock file changed, even if older', () => {
    mkdirSync(join(root, 'node_modules'));
    markInstalled(root);
    expect(isInstalled(root)).toBe(true);
    put('package-lock.json', '{ "changed": true }', 10_000);
    expect(isInstalled(root)).toBe(false);
  });

  test('is true after an install by npm newer than the lock file', () => {
    put('node_modules/.package-lock.json', '{}', 200);
    expect(isInstalled(root)).toBe(false);
    put('node_modules/.package-lock.json', '{}', 50);
    expect(isInstalled(root)).toBe(true);
  });
});

describe('isCompiled', () => {
  beforeEach(() => {
    markCompiled(root, sources(root));
    expect(isCompiled(root)).toBe(true);
  });

  test('is false when a source changed', () => {
    put('apps/order/src/main.ts', 'export {};', 50);
    expect(isCompiled(root)).toBe(false);
  });

  test('is false when a source was added', () => {
    put('libs/json/src/index.ts', '');
    expect(isCompiled(root)).toBe(false);
  });

  test('is false when the compiler options changed', () => {
    put('tsconfig.json', '{}');
    expect(isCompiled(root)).toBe(false);
  });

  test('is false when a source was deleted; removeOrphans deletes its output', () => {
    put('dist/apps/order/src/main.js', '');
    put('dist/apps/order/src/other.js', '');
    rmSync(join(root, 'apps/order/src/main.ts'));
    expect(isCompiled(root)).toBe(false);
    removeOrphans(root);
    expect(existsSync(join(root, 'dist/apps/order/src/main.js'))).toBe(false);
    expect(existsSync(join(root, 'dist/apps/order/src/other.js'))).toBe(true);
  });

  test('is true when only specs or other files changed', () => {
    put('test/setup/global-setup.ts', '');
    put('apps/order/src/main.spec.ts', '');
    put('apps/order/README.md', '');
    expect(isCompiled(root)).toBe(true);
  });
});
