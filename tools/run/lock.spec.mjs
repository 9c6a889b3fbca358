import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeEach, expect, test } from 'vitest';

import { withLock } from './lock.mjs';

const folder = mkdtempSync(join(tmpdir(), 'lock 锁-'));
const file = join(folder, 'deep', 'setup.lock');
beforeEach(() => {
  rmSync(file, { recursive: true, force: true });
  mkdirSync(dirname(file), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What this process writes into a lock that it holds. */
async function ownRecord() {
  let content = '';
  await withLock(file, async () => void (content = readFileSync(file, 'utf8')));
  return /** @type {object} */ (JSON.parse(content));
}

/** @param {object} options */
async function takes(options = {}) {
  let done = false;
  await withLock(file, async () => void (done = true), options);
  return done && !existsSync(file);
}

test('two holders run one after the other', async () => {
  let inside = 0;
  let max = 0;
  const work = async () => {
    max = Math.max(max, ++inside);
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all([withLock(file, work), withLock(file, work)]);
  expect(max).toBe(1);
  expect(existsSync(file)).toBe(false);
});

test('a lock of an ended process is released', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(file, JSON.stringify({ ...(await ownRecord()), pid }));
  expect(await takes()).toBe(true);
});

test.each([
  '1',
  String(process.pid),
  'garbage',
  '{',
  'null',
  '{}',
  '[]',
  '{"pid":"1"}',
  '{"pid":-1,"startedAt":"","host":""}',
])('a lock whose content is %s is stale', async (content) => {
  writeFileSync(file, content);
  expect(await takes()).toBe(true);
});

test('a lock of a pid that another process uses now is stale', async () => {
  writeFileSync(file, JSON.stringify({ ...(await ownRecord()), startedAt: 'earlier' }));
  expect(await takes()).toBe(true);
});

test.each([
  ['an empty file', () => writeFileSync(file, '')],
  ['a folder', () => mkdirSync(file)],
  ['of another host', () => writeFileSync(file, '{"pid":1,"startedAt":"1","host":"elsewhere"}')],
])('a lock that is %s is stale when its owner stays silent', async (_, put) => {
  put();
  expect(await takes({ silenceMs: 200 })).toBe(true);
});

test('a lock of another host is kept while its owner touches it', async () => {
  writeFileSync(file, '{"pid":41,"startedAt":"1","host":"laptop pid:[1]"}');
  let touches = 0;
  const owner = setInterval(() => {
    touches += 1;
    utimesSync(file, touches, touches);
    if (touches === 40) {
      clearInterval(owner);
      rmSync(file);
    }
  }, 20);
  /** @type {string[]} */
  const lines = [];
  expect(
    await takes({ silenceMs: 400, noticeMs: 100, report: (/** @type {string} */ line) => lines.push(line) }),
  ).toBe(true);
  expect(touches).toBe(40);
  expect(lines).toEqual([
    expect.stringMatching(/^Waiting for process 41 on the host laptop, .*setup\.lock$/),
  ]);
});

test('a long wait names the process, once', async () => {
  const program = `
    import { withLock } from ${JSON.stringify(new URL('lock.mjs', import.meta.url).href)};
    await withLock(process.argv[1], async () => {
      console.log('held');
      await new Promise((resolve) => process.stdin.once('data', resolve));
      process.stdin.destroy();
    });`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program, file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  /** @type {string[]} */
  const lines = [];
  const report = (/** @type {string} */ line) => {
    lines.push(line);
    holder.stdin.write('end\n');
  };
  expect(await takes({ noticeMs: 300, silenceMs: 200, report })).toBe(true);
  expect(lines).toEqual([expect.stringContaining(`Waiting for process ${holder.pid}, which`)]);
});

test('failed work releases the lock', async () => {
  await expect(withLock(file, () => Promise.reject(new Error('npm ci')))).rejects.toThrow('npm ci');
  expect(existsSync(file)).toBe(false);
});
