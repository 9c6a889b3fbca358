import { expect, test } from 'vitest';

import { runOps } from '../cli.js';

async function runCredentials(env: NodeJS.ProcessEnv) {
  const printed: string[] = [];
  const print = (text: string): number => printed.push(text);
  const onInterrupt = () => () => {};
  const terminal = { print, printError: print, draw: undefined, width: 80, onInterrupt };
  const code = await runOps(['credentials'], env, terminal);
  return { code, text: printed.join('\n') };
}

test('credentials come from the URLs, with the published addresses', async () => {
  const { code, text } = await runCredentials({
    OPS_RABBITMQ_URL: 'amqp://operator:s3cret@broker/shop',
    OPS_RABBITMQ_MANAGEMENT_URL: 'http://broker:15672',
    OPS_ORDER_DATABASE_URL: 'postgres://operator:h%40lf@postgres:5432/order',
    OPS_INVENTORY_DATABASE_URL:
      'postgres://operator:half@postgres/inventory?sslmode=verify-full&sslrootcert=/ca.pem',
    OPS_ORDER_OPERATOR_TOKEN: 't0ken-of-order',
    OPS_PAYMENT_OPERATOR_TOKEN: 't0ken-of-payment',
    OPS_PUBLISHED_ORDER: 'http://127.0.0.1:4000',
    OPS_PUBLISHED_MANAGEMENT: '127.0.0.1:15673',
    OPS_PUBLISHED_POSTGRES: '127.0.0.1:5433',
  });
  expect(code).toBe(0);
  expect(text).toBe(`http://127.0.0.1:15673
  user      operator
  password  s3cret

the database of order
  user      operator
  password  h@lf
  psql 'postgres://operator:h%40lf@127.0.0.1:5433/order'

the database of inventory
  user      operator
  password  half
  psql 'postgres://operator:half@127.0.0.1:5433/inventory?sslmode=require'

the REST interface for operators of order
  token     t0ken-of-order
  curl -H 'authorization: Bearer t0ken-of-order' http://127.0.0.1:4000/operator/dead-letters

the REST interface for operators of payment
  token     t0ken-of-payment`);
});

test('without a URL the error names the missing variables', async () => {
  const { code, text } = await runCredentials({});
  expect({ code, text }).toEqual({
    code: 2,
    text: 'OPS_RABBITMQ_MANAGEMENT_URL, OPS_ORDER_DATABASE_URL, … is not set',
  });
});
