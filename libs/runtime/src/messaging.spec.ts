import { expect, test } from 'vitest';

import type { Database } from '#database';
import { createLogger } from '#observability';
import { Messaging } from './messaging.js';
import type { ServiceConfig } from './variables.js';

function deriveUsers(rabbitmqUrl: string) {
  const databaseUrl = 'postgres://localhost/none';
  const config = { rabbitmqUrl, databaseUrl, inFlightMax: 1, partitions: 4 } as ServiceConfig;
  const logger = createLogger({ service: 'order', level: 'info', destination: { write: () => {} } });
  return new Messaging({ service: 'order', config, logger }, {} as Database).brokerUsers;
}

test('each service publishes as a user named after it', () => {
  expect(deriveUsers('amqp://order:secret@broker/shop')).toEqual({
    order: 'order',
    inventory: 'inventory',
    payment: 'payment',
  });
});

test('a shared broker user is the user of every service', () => {
  const all = (user: string) => ({ order: user, inventory: user, payment: user });
  expect(deriveUsers('amqp://shop%40home:secret@broker')).toEqual(all('shop@home'));
  expect(deriveUsers('amqp://broker')).toEqual(all('guest'));
});
