import { connect } from 'amqplib';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { request } from '../../tools/client/http-request.js';

import { ComposeProject, docker } from './compose.js';

const compose = await ComposeProject.create({ files: ['docker-compose.yml', 'compose.tls.yml'] });
const { shop, ports } = compose;

beforeAll(() => compose.up('over TLS'));

afterAll(() => compose.remove());

async function exec(service: string, ...command: readonly string[]): Promise<string> {
  const [id = ''] = await compose.containerIds(service);
  return docker('exec', id, ...command);
}

async function readSecretUrl(variable: string): Promise<URL> {
  return new URL(await exec('order', 'cat', `/run/secrets/shop/${variable}`));
}

/** The URL in a secret, with the published address of the server. */
async function publishedUrl(variable: string, port: string, scheme: string): Promise<string> {
  const { username, password, pathname } = await readSecretUrl(variable);
  return `${scheme}://${username}:${password}@127.0.0.1:${ports[port]}${pathname}`;
}

test('orders, audit and ops succeed over TLS', async () => {
  const { id } = await shop.place(createOrderRequest('TEA-LONGJING-100G'));
  expect((await shop.waitUntilEnded(id)).status).toBe('completed');
  await compose.runOrThrow('run', '--rm', '-T', 'audit', '--wait', '60s');
  await compose.runOrThrow('run', '--rm', '-T', 'ops', 'topology', 'diff');
});

test('every service connects over TLS', async () => {
  const sessions = await exec(
    'postgres',
    'psql',
    '-U',
    'postgres',
    '-Atc',
    `SELECT DISTINCT usename, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
     WHERE client_addr IS NOT NULL ORDER BY usename`,
  );
  expect(sessions.split('\n')).toEqual(['inventory|t', 'order|t', 'payment|t']);
  const connections = await exec('rabbitmq', 'rabbitmqctl', '--quiet', 'list_connections', 'user', 'ssl');
  const lines = new Set(connections.split('\n').filter((line) => !line.startsWith('user')));
  expect([...lines].toSorted()).toEqual(['inventory\ttrue', 'order\ttrue', 'payment\ttrue']);
});

test('PostgreSQL accepts TLS only', async () => {
  const connectionString = await publishedUrl('ORDER_DATABASE_URL', 'POSTGRES_PORT', 'postgres');
  const ca = await exec('postgres', 'cat', '/run/secrets/shop/ca.pem');
  const encrypted = new pg.Client({ connectionString, ssl: { ca, servername: 'postgres' } });
  await encrypted.connect();
  await encrypted.end();
  const plain = new pg.Client({ connectionString, ssl: false });
  await expect(plain.connect()).rejects.toThrow(/no pg_hba\.conf entry .* no encryption/);
});

test('RabbitMQ accepts TLS only', async () => {
  const ca = await exec('postgres', 'cat', '/run/secrets/shop/ca.pem');
  const encrypted = await connect(await publishedUrl('ORDER_RABBITMQ_URL', 'RABBITMQ_TLS_PORT', 'amqps'), {
    ca,
    servername: 'broker',
  });
  await encrypted.close();
  for (const port of ['RABBITMQ_PORT', 'RABBITMQ_TLS_PORT']) {
    await expect(connect(await publishedUrl('ORDER_RABBITMQ_URL', port, 'amqp'))).rejects.toThrow();
  }
  const pages = `http://127.0.0.1:${ports['RABBITMQ_MANAGEMENT_PORT']}/api/whoami`;
  await expect(request(pages, { timeoutMs: 10_000 })).rejects.toThrow();
});

test('each private key is mounted in its server only', async () => {
  const files = async (service: string): Promise<string[]> =>
    (await exec(service, 'ls', '/run/secrets/shop')).split('\n').filter((name) => name.endsWith('.pem'));
  expect(await files('postgres')).toEqual(['ca.pem', 'postgres-key.pem', 'postgres.pem']);
  expect(await files('rabbitmq')).toEqual(['broker-key.pem', 'broker.pem', 'ca.pem']);
  for (const service of ['order', 'inventory', 'payment']) expect(await files(service)).toEqual(['ca.pem']);
});

test('certificates survive down and up', async () => {
  const before = await exec('postgres', 'cat', '/run/secrets/shop/postgres.pem');
  await compose.runOrThrow('down');
  await compose.runOrThrow('up', '--detach', '--wait');
  expect(await exec('postgres', 'cat', '/run/secrets/shop/postgres.pem')).toBe(before);
  const { id } = await shop.place(createOrderRequest('TEA-LONGJING-100G'));
  expect((await shop.waitUntilEnded(id)).status).toBe('completed');
});
