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
const ALL = 'postgres://admin:secret@postgres/postgres';
const OWN = 'postgres://admin:secret@payment-postgres/postgres';

function serversOf(given: Readonly<Record<string, string>>) {
  const { databaseServers } = loadPlan({ ...SERVICES, ...given });
  return databaseServers.map(({ variable, url, databases }) => [
    variable,
    url,
    databases.map(({ database }) => database),
  ]);
}

test('one server is to have the databases of all services', () => {
  expect(serversOf({ PROVISION_POSTGRES_URL: ALL })).toEqual([
    ['PROVISION_POSTGRES_URL', ALL, ['order', 'inventory', 'payment']],
  ]);
});

test('a service with a server of its own has its database there, and the others theirs on the common one', () => {
  expect(serversOf({ PROVISION_POSTGRES_URL: ALL, PROVISION_PAYMENT_POSTGRES_URL: OWN })).toEqual([
    ['PROVISION_PAYMENT_POSTGRES_URL', OWN, ['payment']],
    ['PROVISION_POSTGRES_URL', ALL, ['order', 'inventory']],
  ]);
});

test('databases on a server that no administrator is given for are made by somebody else', () => {
  expect(serversOf({ PROVISION_PAYMENT_POSTGRES_URL: OWN })).toEqual([
    ['PROVISION_PAYMENT_POSTGRES_URL', OWN, ['payment']],
  ]);
  expect(serversOf({})).toEqual([]);
});
