import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, onTestFinished, test } from 'vitest';

import { freePort } from './ports.js';
import { ServerFailedError } from './server-process.js';
import { type ServiceProcess, type ServiceProcessOptions, startService } from './service-process.js';

const folder = mkdtempSync(join(tmpdir(), 'services-'));
afterAll(() => rmSync(folder, { recursive: true }));

const entry = join(folder, 'main.cjs');
writeFileSync(
  entry,
  `const { createServer } = require('node:http');
   if (process.env.BROKEN) throw new Error('ORDER_DATABASE_URL is missing');
   let probes = 0;
   const server = createServer((request, response) => {
     const ready = request.url === '/health/ready' && ++probes > 2;
     response.writeHead(ready ? 200 : 503).end(process.env.GREETING);
   }).listen(Number(process.env.PORT), '127.0.0.1');
   process.on('SIGTERM', () => { server.close(); server.closeAllConnections(); });`,
);

async function optionsWith(env: Record<string, string> = {}): Promise<ServiceProcessOptions> {
  const port = await freePort();
  return {
    name: 'order',
    url: `http://127.0.0.1:${port}`,
    entry,
    env: { PORT: String(port), GREETING: 'hello', ...env },
    logFile: join(folder, `${port}.log`),
  };
}

async function startEchoService(): Promise<ServiceProcess> {
  const service = await startService(await optionsWith());
  onTestFinished(() => service.kill());
  return service;
}

async function greeting(service: ServiceProcess): Promise<string> {
  return (await fetch(`${service.url}/health/ready`)).text();
}

test('start waits for the readiness probe', async () => {
  expect(await greeting(await startEchoService())).toBe('hello');
});

test('a service that exits at once fails with its log', async () => {
  const starting = startService(await optionsWith({ BROKEN: 'yes' }));
  await expect(starting).rejects.toThrow(ServerFailedError);
  await expect(starting).rejects.toThrow('ORDER_DATABASE_URL is missing');
});

test('stop shuts down gracefully with exit code 0', async () => {
  const service = await startEchoService();
  expect(await service.stop()).toBe(0);
  await expect(greeting(service)).rejects.toThrow();
});

test('kill ends the service by a signal', async () => {
  const service = await startEchoService();
  const { exited } = service;
  await service.kill();
  expect(await exited).toBeNull();
});

test('restart keeps the address and overrides settings', async () => {
  const service = await startEchoService();
  const before = service.pid;
  await service.restart({ GREETING: 'again' });
  expect(service.pid).not.toBe(before);
  expect(await greeting(service)).toBe('again');
});
