import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { request } from '../../tools/client/http-request.js';
import { waitUntil } from '../../tools/client/wait-until.js';

import { ComposeProject, docker, execute, IMAGE } from './compose.js';

const TEA = 'TEA-LONGJING-100G';
const OWN_SERVICES = ['order', 'inventory', 'payment', 'gateway-simulator', 'proxy', 'welcome'];
/** The newest supported versions; oldest.compose.ts has the oldest. */
const compose = await ComposeProject.create({ env: { RABBITMQ_VERSION: '4.3', POSTGRES_VERSION: '18' } });
const { shop } = compose;

interface ContainerState {
  readonly Config: { readonly Image: string };
  readonly HostConfig: { readonly Memory: number; readonly ReadonlyRootfs: boolean };
  readonly State: { readonly ExitCode: number; readonly Status: string; readonly StartedAt: string };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { readonly HostIp: string }[] | null>>;
  };
}

beforeAll(() => compose.up('with images only'));

afterAll(() => compose.remove());

async function inspect(service: string): Promise<ContainerState> {
  const [id = ''] = await compose.containerIds(service);
  return (JSON.parse(await docker('inspect', id)) as ContainerState[])[0]!;
}

async function exec(service: string, ...command: readonly string[]) {
  const [id = ''] = await compose.containerIds(service);
  return execute('docker', ['exec', id, ...command]);
}

describe('a shop started by docker compose up', () => {
  test('has completed one order when up --wait ends', async () => {
    const { items } = await shop.orders();
    expect(items.map(({ status }) => status)).toEqual(['completed']);
  });

  test('prints a command that places an order', async () => {
    const log = await compose.runOrThrow('logs', '--no-color', '--no-log-prefix', 'welcome');
    const banner = stripVTControlCharacters(log); // Compose clears the line before each line
    const command = /TOKEN=\S+\s+curl -i [^\n]*\\\n[^\n]*/.exec(banner)?.[0] ?? '';
    const response = await execute('bash', ['-c', command]);
    expect(response.stdout).toContain('202 Accepted');
    const id = /location: \/orders\/(\S+)/.exec(response.stdout)?.[1] ?? '';
    expect((await shop.waitUntilEnded(id)).status).toBe('completed');
  });

  test('publishes its ports on 127.0.0.1 only', async () => {
    const names = [...OWN_SERVICES, 'postgres', 'rabbitmq'];
    const published = await Promise.all(
      names.map(async (name) => (await inspect(name)).NetworkSettings.Ports),
    );
    const addresses = published.flatMap((ports) => Object.values(ports).flatMap((each) => each ?? []));
    expect(addresses.length).toBeGreaterThan(8);
    expect(new Set(addresses.map(({ HostIp }) => HostIp))).toEqual(new Set(['127.0.0.1']));
  });

  test('limits its memory to less than 1.5 GB', async () => {
    const names = [...OWN_SERVICES, 'postgres', 'rabbitmq', 'secrets', 'provision'];
    const limits = await Promise.all(names.map(async (name) => (await inspect(name)).HostConfig.Memory));
    expect(Math.min(...limits)).toBeGreaterThan(0);
    expect(limits.reduce((sum, limit) => sum + limit, 0)).toBeLessThan(1.5e9);
  });

  test('adds less than 250 MB to the base image', async () => {
    const size = async (image: string): Promise<number> =>
      Number(await docker('image', 'inspect', '--format', '{{.Size}}', image));
    expect((await size(IMAGE)) - (await size('node:24-slim'))).toBeLessThan(250e6);
  });
});

describe.each([...OWN_SERVICES, 'postgres', 'rabbitmq'])('the container of %s', (service) => {
  test('is unprivileged and cannot write its root file system', async () => {
    const { stdout: status } = await exec(service, 'cat', '/proc/1/status');
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0');
    expect(/^Cap(Eff|Prm|Bnd):\s+0*[1-9a-f]/m.exec(status)).toBeNull();
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect((await exec(service, 'bash', '-c', 'echo x > /x')).output).toMatch(/Read-only file system/);
    expect((await exec(service, 'su', '-c', 'id')).code).not.toBe(0);
  });
});

test('a service can read only its own secrets', async () => {
  const { stdout } = await exec('order', 'ls', '/run/secrets/shop');
  expect(stdout.trim().split('\n')).toEqual([
    'ORDER_ACCESS_JWKS',
    'ORDER_DATABASE_URL',
    'ORDER_RABBITMQ_MANAGEMENT_URL',
    'ORDER_RABBITMQ_URL',
  ]);
  const { stdout: environment } = await exec('order', 'env');
  expect(environment).not.toMatch(/:\/\/[^/]*:[^/]*@/);
});

test('RabbitMQ has no guest and generated passwords', async () => {
  const management = `http://127.0.0.1:${compose.ports['RABBITMQ_MANAGEMENT_PORT']}/api/whoami`;
  const login = (user: string): Promise<number> =>
    request(management, {
      headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` },
      timeoutMs: 10_000,
    }).then(({ status }) => status);
  expect(await login('guest:guest')).toBe(401);
  const output = await compose.runOrThrow('run', '--rm', '-T', 'ops', 'credentials');
  const [, user = '', password = ''] = /user\s+(\S+)\n\s+password\s+(\S+)/.exec(output) ?? [];
  expect(await login(`${user}:${password}`)).toBe(200);
  expect(output).toContain(`@127.0.0.1:${compose.ports['POSTGRES_PORT']}/order`);
});

test('the operator API accepts the token that ops credentials prints', async () => {
  const output = await compose.runOrThrow('run', '--rm', '-T', 'ops', 'credentials');
  const commands = output.match(/curl .*\/operator\/dead-letters$/gm) ?? [];
  const curl = (command: string) => execute('bash', ['-c', `${command} -sS -w ' %{http_code}'`]);
  expect((await Promise.all(commands.map(curl))).map(({ stdout }) => stdout)).toEqual(
    ['order', 'inventory', 'payment'].map(() => '{"total":0,"items":[],"next":null} 200'),
  );
  expect((await curl(commands[0]?.replace(/-H '[^']+'/, '') ?? '')).stdout).toMatch(/ 401$/);
  const alice = await compose.runOrThrow('run', '--rm', '-T', 'ops', 'token', 'alice');
  expect((await curl(commands[0]?.replace(/Bearer [^']+/, `Bearer ${alice.trim()}`) ?? '')).stdout).toMatch(
    / 403$/,
  );
});

test('every service checks its bindings, none is missing', async () => {
  expect(await compose.runOrThrow('logs', '--no-color', 'order', 'inventory', 'payment')).not.toMatch(
    /missing bindings are not detected|accepts no token/,
  );
  expect(await compose.runOrThrow('run', '--rm', '-T', 'ops', 'topology', 'diff')).not.toMatch(/not checked/);
});

test('ops and audit run in containers', async () => {
  expect(await compose.runOrThrow('run', '--rm', '-T', 'ops', 'queues')).toContain(
    'inventory.order-processing.0',
  );
  const { id } = await shop.place(createOrderRequest(TEA));
  await shop.waitUntilEnded(id);
  expect(await compose.runOrThrow('run', '--rm', '-T', 'ops', 'order', id)).toContain('completed');
  await compose.runOrThrow('run', '--rm', '-T', 'audit', '--wait', '60s');
});

test('a second up restarts no service and places no order', async () => {
  const before = await Promise.all(OWN_SERVICES.map(inspect));
  const { items } = await shop.orders();
  await compose.runOrThrow('up', '--detach', '--wait');
  const after = await Promise.all(OWN_SERVICES.map(inspect));
  expect(after.map(({ State }) => State.StartedAt)).toEqual(before.map(({ State }) => State.StartedAt));
  expect((await shop.orders()).items.length).toBe(items.length);
});

test('SIGTERM shuts a service down gracefully, with exit code 0', async () => {
  await compose.runOrThrow('stop', 'payment', 'proxy', 'gateway-simulator');
  for (const service of ['payment', 'proxy', 'gateway-simulator']) {
    expect([service, (await inspect(service)).State.ExitCode]).toEqual([service, 0]);
  }
  await compose.runOrThrow('up', '--detach', '--wait');
});

test('up restarts a killed service, and its pending order completes', async () => {
  await compose.runOrThrow('kill', 'inventory');
  const { id } = await shop.place(createOrderRequest(TEA));
  await compose.runOrThrow('up', '--detach', '--wait');
  expect((await shop.waitUntilEnded(id)).status).toBe('completed');
});

test('orders complete with three replicas of inventory', async () => {
  await compose.runOrThrow('up', '--detach', '--wait', '--scale', 'inventory=3');
  const replicas = await compose.containerIds('inventory');
  expect(replicas).toHaveLength(3);
  const placed = await Promise.all(Array.from({ length: 20 }, () => shop.place(createOrderRequest(TEA))));
  const ended = await Promise.all(placed.map(({ id }) => shop.waitUntilEnded(id)));
  expect(ended.map(({ status }) => status)).toEqual(placed.map(() => 'completed'));
  expect((await shop.stock(TEA)).sku).toBe(TEA);
  await compose.runOrThrow('up', '--detach', '--wait', '--scale', 'inventory=1');
});

test('data and queued messages survive down and up', async () => {
  await compose.runOrThrow('stop', 'inventory', 'payment');
  const { id } = await shop.place(createOrderRequest(TEA));
  const queued = async (): Promise<string> =>
    compose.runOrThrow('run', '--rm', '-T', 'ops', '--json', 'outbox', 'list').catch(() => '');
  await waitUntil('the event is published', queued, (text) => !text.includes(id));
  const { items } = await shop.orders();
  await compose.runOrThrow('down');
  expect(
    await docker('ps', '--all', '--quiet', '--filter', `label=com.docker.compose.project=${compose.project}`),
  ).toBe('');
  await compose.up('with its data');
  expect((await shop.waitUntilEnded(id)).status).toBe('completed');
  expect((await shop.orders()).items.map((order) => order.id)).toEqual(items.map((order) => order.id));
});

test('down -v leaves no volume and no network', async () => {
  await compose.runOrThrow('--profile', 'tools', 'down', '--volumes');
  const ofProject = ['--filter', `label=com.docker.compose.project=${compose.project}`, '--quiet'];
  expect(await docker('volume', 'ls', ...ofProject)).toBe('');
  expect(await docker('network', 'ls', ...ofProject)).toBe('');
});
