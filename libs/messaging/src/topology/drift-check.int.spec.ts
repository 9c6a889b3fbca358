import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { eventContracts, subscriptions } from '#contracts';
import { freePort } from '../../../../tools/local/ports.js';
import { BrokerProbe } from '../../../../test/setup/broker.js';
import { brokerAccess, testVhost } from '../../../../test/setup/infrastructure.js';
import { RecordingLog } from '../../../../test/setup/recording-log.js';
import { applyTopology } from './apply-topology.js';
import { BrokerManagement } from '../amqp/management-api.js';
import { BrokerConnection } from '../amqp/connection.js';
import { deriveTopology } from './topology.js';
import { neededBy } from './topology-diff.js';
import { TopologyWatch } from './drift-check.js';

const url = await testVhost();
const { channel } = await BrokerProbe.open(url);
const management = new BrokerManagement(brokerAccess().management!.url, url);
const connection = new BrokerConnection({ url, name: 'watch', log: new RecordingLog() });
const contracts = Object.values(eventContracts);
const topology = deriveTopology({ contracts, subscriptions, partitions: 4 });
const wanted = neededBy('inventory', topology);

const watch = new TopologyWatch({ connection, wanted, management, everyMs: 0 });
const byNameAlone = new TopologyWatch({ connection, wanted, management: undefined, everyMs: 0 });

const [queue, exchange, key] = ['inventory.order-processing.1', 'order.events', 'order.placed.1'];

beforeAll(async () => {
  const connected = new Promise<void>((resolve) => connection.onConnected(() => resolve()));
  await connection.start();
  await connected;
});

afterAll(() => connection.close());

beforeEach(() => applyTopology(url, topology));

describe('with the management API', () => {
  test('a binding that is removed is named, until it is back', async () => {
    expect(await watch.look()).toBeUndefined();
    await channel.unbindQueue(queue, exchange, key);
    expect(await watch.look()).toBe(
      'missing: binding order.events → inventory.order-processing.1 (order.placed.1)',
    );
    await channel.bindQueue(queue, exchange, key);
    expect(await watch.look()).toBeUndefined();
  });

  test('what another service is missing is that one’s to tell', async () => {
    await channel.unbindQueue('payment.order-processing.1', exchange, key);
    expect(await watch.look()).toBeUndefined();
  });

  test('what is declared otherwise is named', async () => {
    await channel.deleteQueue('inventory.retry.1s');
    await channel.assertQueue('inventory.retry.1s', {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-message-ttl': 7 },
    });
    await channel.bindQueue('inventory.retry.1s', 'inventory.retry', '1s.#');
    expect(await watch.look()).toBe('declared otherwise: inventory.retry.1s');
    await channel.deleteQueue('inventory.retry.1s');
  });

  test('of many things five are named, and the others counted', async () => {
    await channel.deleteQueue(queue);
    expect(await watch.look()).toMatch(
      /^missing: queue inventory\.order-processing\.1, binding .* and \d+ more$/,
    );
  });

  test('is asked again at once while something is missing', async () => {
    const rare = new TopologyWatch({ connection, wanted, management, everyMs: 3_600_000 });
    await channel.unbindQueue(queue, exchange, key);
    expect(await rare.look()).toContain(key);
    await channel.bindQueue(queue, exchange, key);
    expect(await rare.look()).toBeUndefined();
  });

  test('is asked no more often than it should be while nothing is', async () => {
    const rare = new TopologyWatch({ connection, wanted, management, everyMs: 3_600_000 });
    expect(await rare.look()).toBeUndefined();
    await channel.unbindQueue(queue, exchange, key);
    expect(await rare.look()).toBeUndefined();
  });

  test('that cannot be asked is a finding itself, when it goes on', async () => {
    const nowhere = new BrokerManagement(`http://127.0.0.1:${await freePort()}`, url);
    const blind = new TopologyWatch({ connection, wanted, management: nowhere, everyMs: 3_600_000 });
    for (const _ of ['first', 'second']) await expect(blind.look()).rejects.toThrow('cannot be asked');
    expect(await blind.look()).toMatch(/^cannot be compared: the broker's management API cannot be asked/);
  });
});

describe('without the management API', () => {
  test('a queue or an exchange that is removed is named', async () => {
    expect(await byNameAlone.look()).toBeUndefined();
    await channel.deleteQueue('inventory.retry.5s');
    await channel.deleteExchange('inventory.dead-letters');
    expect(await byNameAlone.look()).toBe(
      'missing: exchange inventory.dead-letters, queue inventory.retry.5s',
    );
  });

  test('a missing binding is not seen: AMQP tells nobody which there are', async () => {
    await channel.unbindQueue(queue, exchange, key);
    expect(await byNameAlone.look()).toBeUndefined();
  });
});
