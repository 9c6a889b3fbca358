import { expect, test } from 'vitest';

import { createLogger } from '#observability';
import { Messaging } from './messaging.js';
import type { ServiceConfig } from './variables.js';

function deriveUsers(rabbitmqUrl: string) {
  const config = { rabbitmqUrl, databaseUrl: 'postgres://localhost/none', inFlightMax: 1 } as ServiceConfig;
  const logger = createLogger({ service: 'order', level: 'info', destination: { write: () => {} } });
  return new Messaging({ service: 'order', config, logger }).brokerUsers;
}

test('a service that logs in as itself expects the same of the others', () => {
  expect(deriveUsers('amqp://order:secret@broker/shop')).toEqual({
    order: 'order',
    inventory: 'inventory',
    payment: 'payment',
  });
});

test('where there is but one broker user, everybody is that user', () => {
  const all = (user: string) => ({ order: user, inventory: user, payment: user });
  expect(deriveUsers('amqp://shop%40home:secret@broker')).toEqual(all('shop@home'));
  expect(deriveUsers('amqp://broker')).toEqual(all('guest'));
});
