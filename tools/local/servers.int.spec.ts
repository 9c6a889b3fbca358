import { connect } from 'amqplib';
import { Client } from 'pg';
import { expect, inject, test } from 'vitest';

import { brokerAccess, testDatabase, testVhost } from '../../libs/test-support/servers.js';
import { Databases } from './databases.js';
import { freePort } from './ports.js';
import { connectExternalPostgres } from './postgres.js';
import { connectExternalRabbitmq } from './rabbitmq-external.js';
import { callManagement } from '../provision/rabbitmq-management.js';
import { VirtualHosts } from './virtual-hosts.js';

const databaseUrl = await testDatabase();
const vhostUrl = await testVhost();

async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

test('a test database is empty, UTF-8 and durable', async () => {
  await withClient(async (client) => {
    const tables = await client.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
    expect(tables.rows).toEqual([]);
    const settings = await client.query(
      "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'server_encoding') ORDER BY name",
    );
    expect(settings.rows).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'server_encoding', setting: 'UTF8' },
    ]);
  });
});

test('a test virtual host supports quorum queues and publisher confirms', async () => {
  const connection = await connect(vhostUrl);
  try {
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('q', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    channel.sendToQueue('q', Buffer.from('hello'), { persistent: true });
    await channel.waitForConfirms();
    const message = await channel.get('q', { noAck: true });
    expect(message && message.content.toString()).toBe('hello');
  } finally {
    await connection.close();
  }
});

test('the management API lists the test virtual host', async () => {
  const vhosts = await callManagement<{ name: string }[]>(brokerAccess().management!, 'GET', '/vhosts');
  expect(vhosts.map(({ name }) => encodeURIComponent(name))).toContain(new URL(vhostUrl).pathname.slice(1));
});

const run = { id: '4711-0a1b2c3d', path: '', root: '', staleRuns: ['99-ffffffff'] };

test('in an external PostgreSQL, only databases with the prefix are dropped', async () => {
  const { adminUrl } = inject('databaseAccess');
  const [killed, others] = ['op_99_ffffffff_', 'op_4711x0a1b2c3d_'].map(
    (namePrefix) => new Databases({ adminUrl, namePrefix }),
  );
  await killed!.create('left');
  await others!.create('orders');
  const names = async (): Promise<string[]> =>
    withClient(async (client) => {
      const { rows } = await client.query<{ name: string }>(
        "SELECT datname AS name FROM pg_database WHERE datname ~ '^op_(99|4711)' UNION ALL " +
          "SELECT rolname FROM pg_roles WHERE rolname ~ '^op_4711' ORDER BY name",
      );
      return rows.map(({ name }) => name);
    });
  const given = await connectExternalPostgres(adminUrl, run);
  expect(await given.databases.create('orders')).toContain('/op_4711_0a1b2c3d_orders');
  await withClient((client) => client.query('CREATE ROLE op_4711_0a1b2c3d_service LOGIN'));
  expect(await names()).toEqual([
    'op_4711_0a1b2c3d_orders',
    'op_4711_0a1b2c3d_service',
    'op_4711x0a1b2c3d_orders',
  ]);
  await given.close();
  expect(await names()).toEqual(['op_4711x0a1b2c3d_orders']);
  await others!.drop('orders');
});

test('in an external RabbitMQ, only virtual hosts with the prefix are deleted', async () => {
  const { amqpUrl, management } = brokerAccess();
  const { origin } = new URL(management!.url);
  const vhosts = async (): Promise<string[]> => {
    const all = await callManagement<{ name: string }[]>(management!, 'GET', '/vhosts');
    return all.map(({ name }) => name).filter((name) => /^op-(99|4711)/.test(name));
  };
  const [killed, others] = ['op-99-ffffffff-', 'op-4711-0a1b2c3e-'].map(
    (namePrefix) => new VirtualHosts({ ...brokerAccess(), namePrefix }),
  );
  await killed!.create('left');
  await others!.create('orders');
  const given = await connectExternalRabbitmq(amqpUrl, origin, run);
  await given.virtualHosts.create('orders');
  expect(await vhosts()).toEqual(['op-4711-0a1b2c3d-orders', 'op-4711-0a1b2c3e-orders']);
  await given.close();
  expect(await vhosts()).toEqual(['op-4711-0a1b2c3e-orders']);
  await others!.drop('orders');
});

test("without a management API, the URL's virtual host is used", async () => {
  const closedUrl = `http://127.0.0.1:${await freePort()}`;
  const given = await connectExternalRabbitmq(vhostUrl, closedUrl, run);
  expect(await given.virtualHosts.create('orders')).toBe(vhostUrl);
  await expect(connectExternalRabbitmq(brokerAccess().amqpUrl, closedUrl, run)).rejects.toThrow(
    'rabbitmqctl add_vhost',
  );
});
