import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { eventContracts, subscriptions } from '#contracts';
import { callManagementApi, freePort } from '../../../test-support/servers.js';
import { BrokerProbe } from '../../../test-support/broker-probe.js';
import { brokerAccess, testVhost } from '../../../test-support/servers.js';
import { RecordingLog } from '../../../test-support/recording-log.js';
import { applyTopology } from './apply-topology.js';
import { ManagementApi } from '../amqp/management-api.js';
import { BrokerConnection } from '../amqp/connection.js';
import { deriveTopology } from './topology.js';
import { topologyForService } from './topology-diff.js';
import { DriftCheck } from './drift-check.js';

const url = await testVhost();
const { channel } = await BrokerProbe.open(url);
const management = new ManagementApi(brokerAccess().management!.url, url);
const connection = new BrokerConnection({ url, name: 'watch', log: new RecordingLog() });
const contracts = Object.values(eventContracts);
const topology = deriveTopology({ contracts, subscriptions, partitions: 4 });
const desired = topologyForService('inventory', topology);

const driftCheck = new DriftCheck({ connection, desired, management, intervalMs: 0 });
const byNameOnly = new DriftCheck({ connection, desired, management: undefined, intervalMs: 0 });

const [queue, exchange, key] = ['inventory.order-processing.1', 'order.events', 'order.placed.1'];

beforeAll(async () => {
  const connected = new Promise<void>((resolve) => connection.onConnected(() => resolve()));
  await connection.start();
  await connected;
});

afterAll(() => connection.close());

beforeEach(() => applyTopology(url, topology));

describe('with the management API', () => {
  test('a removed binding is reported until it is restored', async () => {
    expect(await driftCheck.check()).toBeUndefined();
    await channel.unbindQueue(queue, exchange, key);
    expect(await driftCheck.check()).toBe(
      'missing: binding order.events → inventory.order-processing.1 (order.placed.1)',
    );
    await channel.bindQueue(queue, exchange, key);
    expect(await driftCheck.check()).toBeUndefined();
  });

  test('entries of another service are not reported', async () => {
    await channel.unbindQueue('payment.order-processing.1', exchange, key);
    expect(await driftCheck.check()).toBeUndefined();
  });

  test.each([
    ['policies', 'expires', { expires: 3_600_000 }, 'policy expires'],
    ['policies', 'limit', { 'max-length': 5_000 }, 'policy limit'],
    ['operator-policies', 'quota', { 'message-ttl': 3_600_000 }, 'operator policy quota'],
  ])('a queue changed by one of the %s is reported: %s', async (kind, name, definition, described) => {
    const path = `/${kind}/${encodeURIComponent(new URL(url).pathname.slice(1))}/${name}`;
    const pattern = '^inventory[.]order-processing[.]1$';
    await callManagementApi('PUT', path, { pattern, definition, 'apply-to': 'queues' });
    const finding = `changed by a policy: ${described} on ${queue} (${JSON.stringify(definition)})`;
    await expect.poll(() => driftCheck.check()).toBe(finding);
    await callManagementApi('DELETE', path);
    await expect.poll(() => driftCheck.check()).toBeUndefined();
  });

  test('a policy that only places replicas is not reported', async () => {
    const path = `/policies/${encodeURIComponent(new URL(url).pathname.slice(1))}/leaders`;
    const definition = { 'queue-leader-locator': 'balanced' };
    const body = { pattern: '^inventory', definition, 'apply-to': 'queues' };
    await callManagementApi('PUT', path, body);
    const applied = (): Promise<{ policy?: string }[]> => management.list('queues');
    await expect.poll(async () => (await applied()).some(({ policy }) => policy === 'leaders')).toBe(true);
    expect(await driftCheck.check()).toBeUndefined();
    await callManagementApi('DELETE', path);
  });

  test('a different declaration is reported', async () => {
    await channel.deleteQueue('inventory.retry.1s');
    await channel.assertQueue('inventory.retry.1s', {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-message-ttl': 7 },
    });
    await channel.bindQueue('inventory.retry.1s', 'inventory.retry', '1s.#');
    expect(await driftCheck.check()).toBe('declared differently: inventory.retry.1s');
    await channel.deleteQueue('inventory.retry.1s');
  });

  test('five missing entries are named, further ones counted', async () => {
    await channel.deleteQueue(queue);
    expect(await driftCheck.check()).toMatch(
      /^missing: queue inventory\.order-processing\.1, binding .* and \d+ more$/,
    );
  });

  test('each check reads the broker while an entry is missing', async () => {
    const rare = new DriftCheck({ connection, desired, management, intervalMs: 3_600_000 });
    await channel.unbindQueue(queue, exchange, key);
    expect(await rare.check()).toContain(key);
    await channel.bindQueue(queue, exchange, key);
    expect(await rare.check()).toBeUndefined();
  });

  test('a result without drift is cached', async () => {
    const rare = new DriftCheck({ connection, desired, management, intervalMs: 3_600_000 });
    expect(await rare.check()).toBeUndefined();
    await channel.unbindQueue(queue, exchange, key);
    expect(await rare.check()).toBeUndefined();
  });

  test('an unavailable API is reported after repeated failures', async () => {
    const nowhere = new ManagementApi(`http://127.0.0.1:${await freePort()}`, url);
    const unreachable = new DriftCheck({ connection, desired, management: nowhere, intervalMs: 3_600_000 });
    for (const _ of ['first', 'second'])
      await expect(unreachable.check()).rejects.toThrow('management API unavailable');
    expect(await unreachable.check()).toMatch(/^topology not compared: management API unavailable/);
  });
});

describe('without the management API', () => {
  test('a removed queue or exchange is reported', async () => {
    expect(await byNameOnly.check()).toBeUndefined();
    await channel.deleteQueue('inventory.retry.5s');
    await channel.deleteExchange('inventory.dead-letters');
    expect(await byNameOnly.check()).toBe(
      'missing: exchange inventory.dead-letters, queue inventory.retry.5s',
    );
  });

  test('a missing binding is not detected', async () => {
    await channel.unbindQueue(queue, exchange, key);
    expect(await byNameOnly.check()).toBeUndefined();
  });
});
