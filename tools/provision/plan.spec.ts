import { expect, test } from 'vitest';

import { loadPlan } from './plan.js';

const SERVICES = {
  PROVISION_RABBITMQ_URL: 'amqp://provisioner:secret@broker/shop',
  ORDER_DATABASE_URL: 'postgres://order:secret@order-postgres/order',
  ORDER_RABBITMQ_URL: 'amqp://order:secret@broker/shop',
  INVENTORY_DATABASE_URL: 'postgres://inventory:secret@inventory-postgres/inventory',
  INVENTORY_RABBITMQ_URL: 'amqp://inventory:secret@broker/shop',
  PAYMENT_DATABASE_URL: 'postgres://payment:secret@payment-postgres/payment',
  PAYMENT_RABBITMQ_URL: 'amqp://payment:secret@broker/shop',
};
const SHARED_SERVER = 'postgres://admin:secret@postgres/postgres';
const PAYMENT_SERVER = 'postgres://admin:secret@payment-postgres/postgres';

function planServers(given: Readonly<Record<string, string>>) {
  const { databaseServers } = loadPlan({ ...SERVICES, ...given });
  return databaseServers.map(({ variable, url, databases }) => [
    variable,
    url,
    databases.map(({ database }) => database),
  ]);
}

test('one server gets the databases of all services', () => {
  expect(planServers({ PROVISION_POSTGRES_URL: SHARED_SERVER })).toEqual([
    ['PROVISION_POSTGRES_URL', SHARED_SERVER, ['order', 'inventory', 'payment']],
  ]);
});

test("a service's separate server gets its database, the shared one the remaining two", () => {
  expect(
    planServers({ PROVISION_POSTGRES_URL: SHARED_SERVER, PROVISION_PAYMENT_POSTGRES_URL: PAYMENT_SERVER }),
  ).toEqual([
    ['PROVISION_PAYMENT_POSTGRES_URL', PAYMENT_SERVER, ['payment']],
    ['PROVISION_POSTGRES_URL', SHARED_SERVER, ['order', 'inventory']],
  ]);
});

test('a server without an administrator URL is not planned', () => {
  expect(planServers({ PROVISION_PAYMENT_POSTGRES_URL: PAYMENT_SERVER })).toEqual([
    ['PROVISION_PAYMENT_POSTGRES_URL', PAYMENT_SERVER, ['payment']],
  ]);
  expect(planServers({})).toEqual([]);
});
