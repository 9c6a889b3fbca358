import { type Channel, type ChannelModel, connect, type Options } from 'amqplib';
import { afterAll, describe, expect, inject, test } from 'vitest';

import { eventContracts, services, subscriptions } from '#contracts';
import {
  applyTopology,
  brokerDefinitions,
  ManagementApi,
  brokerUserFromUrl,
  deriveTopology,
  readTopology,
} from '#messaging';
import { countMessages } from '../../tools/audit/broker.js';
import { parseVhost } from '../../tools/provision/broker-users.js';
import { callManagement } from '../../tools/provision/rabbitmq-management.js';
import { provisionedBroker } from './provisioned.js';

const { logins, rabbitmqUrl, plan } = await provisionedBroker();
const { management } = inject('brokerAccess');
const managementUrl = Object.assign(new URL(management!.url), {
  username: management!.user,
  password: management!.password,
}).href;

/** Read from the broker, so the test covers additions to the topology. */
const { exchanges, queues } = await readTopology(new ManagementApi(managementUrl, rabbitmqUrl));
const contracts = Object.values(eventContracts);

type AttemptOutcome = 'allowed' | number;

/** Runs an attempt on a new channel. @returns the reply code that closed the channel, or `allowed` */
async function attemptOnChannel(
  connection: ChannelModel,
  attempt: (channel: Channel) => Promise<unknown>,
): Promise<AttemptOutcome> {
  const channel = await connection.createConfirmChannel();
  let closedBy: number | undefined;
  channel.on('error', (error: { code?: number }) => (closedBy = error.code));
  try {
    await attempt(channel);
    await channel.waitForConfirms();
    return 'allowed';
  } catch (error) {
    return closedBy ?? (error as { code?: number }).code ?? -1;
  } finally {
    await channel.close().catch(() => {});
  }
}

function publishAction(exchange: string, routingKey: string, options: Options.Publish = {}) {
  return (channel: Channel): Promise<void> => {
    channel.publish(exchange, routingKey, Buffer.from('{}'), options);
    return Promise.resolve();
  };
}

/** Every operation on an exchange, except publishing. */
const exchangeActions: Readonly<
  Record<string, (name: string, type: string) => (channel: Channel) => Promise<unknown>>
> = {
  declare: (name, type) => (channel) => channel.assertExchange(`${name}.new`, type),
  delete: (name) => (channel) => channel.deleteExchange(name),
  'bind a queue to': (name) => (channel) => channel.bindQueue('unrouted', name, '#'),
};

/** Every operation on a queue. */
const queueActions: Readonly<Record<string, (name: string) => (channel: Channel) => Promise<unknown>>> = {
  declare: (name) => (channel) => channel.assertQueue(`${name}.new`, { durable: true }),
  delete: (name) => (channel) => channel.deleteQueue(name),
  'publish straight to': (name) => publishAction('', name),
  consume: (name) => async (channel) => {
    const { consumerTag } = await channel.consume(name, () => {});
    await channel.cancel(consumerTag);
  },
  purge: (name) => (channel) => channel.purgeQueue(name),
};

const connections: ChannelModel[] = [];
afterAll(() => Promise.all(connections.map((connection) => connection.close())));

async function connectAs(url: string): Promise<ChannelModel> {
  const connection = await connect(url);
  connection.on('error', () => {});
  connections.push(connection);
  return connection;
}

/** Attempts every operation on every object of the broker. @returns the operations that were not refused with 403 */
async function listAllowedActions(
  connection: ChannelModel,
  keyFor: (exchange: string) => string,
): Promise<string[]> {
  const allowed: string[] = [];
  const attempt = async (what: string, action: (channel: Channel) => Promise<unknown>): Promise<void> => {
    const outcome = await attemptOnChannel(connection, action);
    if (outcome !== 403) allowed.push(outcome === 'allowed' ? what : `${what} (${outcome})`);
  };
  const ofExchanges = exchanges
    .filter(({ name }) => name !== '')
    .map(async ({ name, type }) => {
      await attempt(`publish to ${name}`, publishAction(name, keyFor(name)));
      for (const [what, action] of Object.entries(exchangeActions))
        await attempt(`${what} ${name}`, action(name, type));
    });
  const ofQueues = queues.map(async ({ name }) => {
    for (const [what, action] of Object.entries(queueActions)) await attempt(`${what} ${name}`, action(name));
  });
  await Promise.all([...ofExchanges, ...ofQueues]);
  return allowed.sort();
}

/** The key of an event of the exchange's producer, or of a retry into a queue of its service. */
function permittedRoutingKey(exchange: string): string {
  const own = contracts.find(({ producer }) => `${producer}.events` === exchange);
  const consumer = subscriptions.find(({ service }) => `${service}.retry` === exchange)?.consumer;
  return own ? `${own.name}.3` : `1s.${consumer ?? 'none'}.0`;
}

describe.each(services)('the broker lets %s', (service) => {
  const url = logins.brokerUrls[service];

  test('publish to its exchanges, consume its queues, and nothing else', async () => {
    const own = queues
      .map(({ name }) => name)
      .filter((name) => /^\w+\.(dead-letters|[\w-]+\.\d+)$/.test(name));
    const ownQueues = own.filter((name) => name.startsWith(`${service}.`));
    expect(ownQueues.length).toBeGreaterThan(1);
    expect(await listAllowedActions(await connectAs(url), permittedRoutingKey)).toEqual(
      [
        `publish to ${service}.events`,
        `publish to ${service}.retry`,
        // Read permission on a queue includes purge, and binding to an exchange of the same name.
        ...ownQueues.flatMap((name) => [`consume ${name}`, `purge ${name}`]),
        `bind a queue to ${service}.dead-letters`,
      ].sort(),
    );
  });

  test('publish only its own events, under its own user', async () => {
    const connection = await connectAs(url);
    for (const { name, producer } of contracts) {
      const outcome = await attemptOnChannel(connection, publishAction(`${service}.events`, `${name}.3`));
      expect({ name, outcome }).toEqual({ name, outcome: producer === service ? 'allowed' : 403 });
    }
    const key = permittedRoutingKey(`${service}.events`);
    for (const other of services) {
      const userId = brokerUserFromUrl(logins.brokerUrls[other]);
      const outcome = await attemptOnChannel(connection, publishAction(`${service}.events`, key, { userId }));
      expect({ other, outcome }).toEqual({ other, outcome: other === service ? 'allowed' : 406 });
      const retry = await attemptOnChannel(
        connection,
        publishAction(`${service}.retry`, permittedRoutingKey(`${other}.retry`)),
      );
      expect({ other, retry }).toEqual({ other, retry: other === service ? 'allowed' : 403 });
    }
  });

  test('connect only with its own password', async () => {
    await expect(connect(Object.assign(new URL(url), { password: 'guessed' }).href)).rejects.toThrow(
      /403|ACCESS/,
    );
  });
});

test('an operator counts messages in every queue and changes nothing', async () => {
  const { operatorRabbitmqUrl } = logins;
  expect(await listAllowedActions(await connectAs(operatorRabbitmqUrl), permittedRoutingKey)).toEqual([]);
  const {
    unrouted,
    isComplete,
    queues: counted,
  } = await countMessages({
    url: operatorRabbitmqUrl,
    managementUrl: management!.url,
  });
  expect({ unrouted, isComplete }).toEqual({ unrouted: 0, isComplete: true });
  expect(counted.size).toBeGreaterThan(10);
  const { username, password, pathname } = new URL(operatorRabbitmqUrl);
  const operator = { url: management!.url, user: username, password };
  const queue = `/queues${pathname}/unrouted`;
  await expect(callManagement(operator, 'GET', queue)).resolves.toBeTruthy();
  await expect(callManagement(operator, 'DELETE', queue)).rejects.toMatchObject({ status: 401 });
  await expect(callManagement(operator, 'PUT', `/policies${pathname}/x`, {})).rejects.toMatchObject({
    status: 401,
  });
  await expect(callManagement(operator, 'GET', '/users')).rejects.toMatchObject({ status: 401 });
});

test('the provisioner applies the topology repeatedly and publishes nothing', async () => {
  const topology = deriveTopology({ contracts, subscriptions, partitions: 4 });
  await applyTopology(logins.provisionerRabbitmqUrl, topology);
  const connection = await connectAs(logins.provisionerRabbitmqUrl);
  for (const { name } of exchanges) {
    const outcome = await attemptOnChannel(connection, publishAction(name, permittedRoutingKey(name)));
    expect({ name, outcome }).toEqual({ name, outcome: 403 });
  }
});

test('loading the definitions equals provisioning, passwords included', async () => {
  const { users, rabbitmqUrl: url, topology } = plan;
  const definitions = brokerDefinitions({
    vhost: parseVhost(url),
    users,
    topology: deriveTopology(topology),
  });
  // The broker refuses a definition that differs from an existing object.
  await callManagement(management!, 'POST', '/definitions', definitions);
  for (const { name, password } of users.map(({ credentials }) => credentials)) {
    await connectAs(Object.assign(new URL(rabbitmqUrl), { username: name, password }).href);
  }
});

test('a broker of the shop has no guest user', async ({ skip }) => {
  skip(inject('brokerAccess').namePrefix !== '', 'a given broker keeps its users');
  const users = await callManagement<{ name: string }[]>(management!, 'GET', '/users');
  expect(users.map(({ name }) => name)).not.toContain('guest');
});
