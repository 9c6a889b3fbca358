import { randomBytes } from 'node:crypto';
import { connect } from 'amqplib';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

import { loadConfig, url } from '#config';
import { AdvisoryLockSession } from '#database';
import { BrokerConnection, brokerUrlOptions, ManagementApi } from '#messaging';
import { hasIpv6, openIpv6Forwarder } from '../../libs/test-support/ipv6.js';
import { RecordingLog } from '../../libs/test-support/recording-log.js';
import { brokerAccess, callManagementApi, testDatabase, testVhost } from '../../libs/test-support/servers.js';
import { readServerSettings } from '../../tools/local/servers.js';

const databaseUrl = await testDatabase();
const brokerUrl = await testVhost();
const user = `user_${randomBytes(4).toString('hex')}`;
const administrator = new Client({ connectionString: databaseUrl });
await administrator.connect();
await administrator.query(`CREATE ROLE ${escapeIdentifier(user)} LOGIN`);
afterAll(async () => {
  await administrator.query(`DROP ROLE ${escapeIdentifier(user)}`);
  await administrator.end();
  await callManagementApi('DELETE', `/users/${user}`);
});

const schema = z.object({ DATABASE_URL: url('postgres'), RABBITMQ_URL: url('amqp') });

/** The URL with a user and a password as an operator writes them into a variable. */
function withCredentials(given: string, written: string): string {
  return given.replace(/\/\/[^@]*@/, `//${user}:${written}@`);
}

async function connectBoth(database: string, broker: string): Promise<void> {
  const session = await AdvisoryLockSession.open(database, 'spec');
  await session.close();
  const log = new RecordingLog();
  const connection = new BrokerConnection({ url: broker, name: 'spec', log });
  onTestFinished(() => connection.close());
  await connection.start();
  await log.waitFor('broker connected');
  await (await connect(broker, brokerUrlOptions(broker))).close();
  await new ManagementApi(brokerAccess().management!.url, broker).list('queues');
}

describe('a password in a URL works', () => {
  test.each([
    ['密码', '密码'],
    ['%E5%AF%86', '密'],
    ['ö', 'ö'],
    ['%C3%B6', 'ö'],
    ['%40%3A%2F%23%3F%2B%24%25', '@:/#?+$%'],
    ['a+b$c', 'a+b$c'],
    ['a@b:c', 'a@b:c'],
    ['two words 密', 'two words 密'],
  ])('%s', async (written, password) => {
    await administrator.query(`ALTER ROLE ${escapeIdentifier(user)} PASSWORD ${escapeLiteral(password)}`);
    await callManagementApi('PUT', `/users/${user}`, { password, tags: 'monitoring' });
    const vhost = new URL(brokerUrl).pathname.slice(1);
    await callManagementApi('PUT', `/permissions/${vhost}/${user}`, { configure: '', write: '', read: '' });
    const config = loadConfig('ORDER', schema, {
      ORDER_DATABASE_URL: withCredentials(databaseUrl, written),
      ORDER_RABBITMQ_URL: withCredentials(brokerUrl, written),
    });
    await connectBoth(config.databaseUrl, config.rabbitmqUrl);
  });
});

test.skipIf(!hasIpv6)('a URL may name an IPv6 address', async () => {
  await connectBoth(await openIpv6Forwarder(databaseUrl), await openIpv6Forwarder(brokerUrl));
});

test.each(['POSTGRES_URL', 'RABBITMQ_URL', 'RABBITMQ_MANAGEMENT_URL'])(
  'the tools name %s and not its value when a % is no escape',
  (variable) => {
    const kind = { POSTGRES_URL: 'postgres', RABBITMQ_URL: 'amqp' }[variable] ?? 'http';
    const read = (): unknown => readServerSettings({ [variable]: `${kind}://user:hunter2%@host` });
    expect(read).toThrow(`${variable}: `);
    expect(read).not.toThrow('hunter2');
  },
);
