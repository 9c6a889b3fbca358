import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { REPOSITORY_ROOT } from '../../client/repository-root.js';
import { loadOpsConfig } from '../../ops/config.js';
import { type RunningConsole, startConsole } from '../server/console-server.js';

const LINK_TOKEN = 'a-secret-of-the-deployment';

/** Routes without a session, which have no data of the shop. */
const PUBLIC = ['GET /open/:token', 'POST /links', 'GET /favicon.svg', 'GET /page/*'];

const READING = [
  'GET /',
  'GET /vendor/preact.js',
  'GET /vendor/hooks.js',
  'GET /vendor/jsx-runtime.js',
  'GET /vendor/signals.js',
  'GET /vendor/signals-core.js',
  'GET /api/session',
  'GET /api/live',
  'GET /api/search',
  'GET /api/orders/:id',
  'GET /api/orders/:id/messages/:messageId',
  'GET /api/dead-letters',
  'GET /api/dead-letters/:service',
  'GET /api/dead-letters/:service/:id',
  'GET /api/replays/:service/:id',
  'POST /api/audit',
];

const ACTING = [
  'POST /api/orders',
  'POST /api/dead-letters/:service/:action',
  'POST /api/replays/:service/:id/stop',
];

const LAB = ['gateway', 'link', 'off', 'repeat', 'half', 'load', 'flash-sale'].map(
  (name) => `POST /api/lab/${name}`,
);

const reported: string[] = [];
let running: RunningConsole;
let cookie = '';

beforeAll(async () => {
  const config = loadOpsConfig({ OPS_CONSOLE_LINK_TOKEN: LINK_TOKEN });
  running = await startConsole({ config, port: 0, report: (line) => reported.push(line) });
  const response = await fetch(running.createLink());
  cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
});

afterAll(() => running.close());

/** A path of a route, with values for its parameters. */
function toPath(route: string): string {
  const id = '01a22e82-8318-744a-8834-1296e0f8d006';
  return route
    .replace(/^\w+ /, '')
    .replaceAll(/:(id|messageId)/g, id)
    .replace(':service', 'order')
    .replace(':action', 'replay');
}

function send(route: string, headers: Record<string, string> = {}): Promise<Response> {
  const [method = ''] = route.split(' ');
  const body = method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {};
  return fetch(running.url + toPath(route), {
    method,
    ...body,
    headers: { ...body.headers, ...headers },
    signal: AbortSignal.timeout(5_000),
  });
}

describe('the routes of the console', () => {
  test('are these', () => {
    const found = running.routes.filter((route) => !route.startsWith('HEAD '));
    expect([...found].sort()).toEqual([...PUBLIC, ...READING, ...ACTING, ...LAB].sort());
  });

  test.each([...READING, ...ACTING, ...LAB])('%s requires a session', async (route) => {
    const origin = running.url;
    expect((await send(route, { origin })).status).toBe(401);
  });

  test.each([...READING, ...ACTING, ...LAB])('%s refuses another host', async (route) => {
    const status = await sendWithHost(route, 'console.example');
    expect(status).toBe(421);
  });

  test.each([...ACTING, ...LAB, 'POST /api/audit'])('%s refuses another origin', async (route) => {
    expect((await send(route, { cookie, origin: 'http://evil.example' })).status).toBe(403);
    expect((await send(route, { cookie })).status).toBe(403);
  });

  test.each(ACTING)('%s is switched off without --act', async (route) => {
    const response = await send(route, { cookie, origin: running.url });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('--act');
  });

  test.each(LAB)('%s is switched off without --lab', async (route) => {
    const response = await send(route, { cookie, origin: running.url });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('--lab');
  });
});

/** `fetch` does not send another Host header. */
async function sendWithHost(route: string, host: string): Promise<number | undefined> {
  const { request } = await import('node:http');
  const [method] = route.split(' ');
  return new Promise((resolve, reject) => {
    request(running.url + toPath(route), { method, headers: { host, cookie } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

test('every response allows only scripts of the console', async () => {
  const { headers } = await send('GET /', { cookie });
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toContain('unsafe');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('an expired link says what to do, and a new link is printed', async () => {
  const response = await fetch(`${running.url}/open/expired`);
  expect(response.status).toBe(410);
  expect(await response.text()).toContain('The console has printed a new link');
  expect(reported.at(-1)).toMatch(/^console: http:\/\/127\.0\.0\.1:\d+\/open\/[\w-]{32}$/);
});

test('a link is given only to a program with the secret', async () => {
  const ask = (token: string) =>
    fetch(`${running.url}/links`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  expect((await ask('a guess')).status).toBe(401);
  const { link } = (await (await ask(LINK_TOKEN)).json()) as { link: string };
  expect(link).toMatch(/\/open\/[\w-]{32}$/);
});

test('no production manifest contains the console', () => {
  const folder = join(REPOSITORY_ROOT, 'deploy', 'k8s');
  const manifests = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.yaml'),
  );
  expect(manifests.length).toBeGreaterThan(10);
  for (const name of manifests)
    expect(readFileSync(join(folder, name), 'utf8'), name).not.toContain('console');
});
