import { expect, test } from 'vitest';

import { runOps } from '../cli.js';

async function credentials(env: NodeJS.ProcessEnv) {
  const printed: string[] = [];
  const print = (text: string): number => printed.push(text);
  const onInterrupt = () => () => {};
  const terminal = { print, printError: print, draw: undefined, width: 80, onInterrupt };
  const code = await runOps(['credentials'], env, terminal);
  return { code, text: printed.join('\n') };
}

test('credentials are those of the URLs, at the addresses where they are published', async () => {
  const { code, text } = await credentials({
    OPS_RABBITMQ_URL: 'amqp://operator:s3cret@broker/shop',
    OPS_RABBITMQ_MANAGEMENT_URL: 'http://broker:15672',
    OPS_ORDER_DATABASE_URL: 'postgres://operator:h%40lf@postgres:5432/order',
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
  psql 'postgres://operator:h%40lf@127.0.0.1:5433/order'`);
});

test('without any URL it says which are missing', async () => {
  const { code, text } = await credentials({});
  expect({ code, text }).toEqual({
    code: 2,
    text: 'OPS_RABBITMQ_MANAGEMENT_URL, OPS_ORDER_DATABASE_URL, … is not set',
  });
});
