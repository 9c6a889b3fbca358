import { createLocalJWKSet, jwtVerify } from 'jose';
import { expect, test } from 'vitest';

import { generateAccessKey, toJwks } from '#access';
import { runOps } from '../cli.js';

const accessKey = generateAccessKey();

async function runCommand(args: readonly string[], env: NodeJS.ProcessEnv) {
  const printed: string[] = [];
  const print = (text: string): number => printed.push(text);
  const onInterrupt = () => () => {};
  const terminal = { print, printError: print, draw: undefined, width: 80, onInterrupt };
  const code = await runOps(args, env, terminal);
  return { code, text: printed.join('\n') };
}

test('credentials come from the URLs, with the published addresses', async () => {
  const { code, text } = await runCommand(['credentials'], {
    OPS_RABBITMQ_URL: 'amqp://operator:s3cret@broker/shop',
    OPS_RABBITMQ_MANAGEMENT_URL: 'http://broker:15672',
    OPS_ORDER_DATABASE_URL: 'postgres://operator:h%40lf@postgres:5432/order',
    OPS_INVENTORY_DATABASE_URL:
      'postgres://operator:half@postgres/inventory?sslmode=verify-full&sslrootcert=/ca.pem',
    OPS_ACCESS_KEY: JSON.stringify(accessKey),
    OPS_OPERATOR: 'wei',
    OPS_PUBLISHED_ORDER: 'http://127.0.0.1:4000',
    OPS_PUBLISHED_MANAGEMENT: '127.0.0.1:15673',
    OPS_PUBLISHED_POSTGRES: '127.0.0.1:5433',
  });
  expect(code).toBe(0);
  expect(text.replaceAll(/eyJ[\w.-]+/g, '<token>')).toBe(`http://127.0.0.1:15673
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
  token     <token>
  curl -H 'authorization: Bearer <token>' http://127.0.0.1:4000/operator/dead-letters`);
  const token = /eyJ\S+/.exec(text)?.[0] ?? '';
  expect((await jwtVerify(token, createLocalJWKSet(toJwks([accessKey])))).payload).toMatchObject({
    sub: 'wei',
    scope: 'operator',
  });
});

test('without a URL the error names the missing variables', async () => {
  const { code, text } = await runCommand(['credentials'], {});
  expect({ code, text }).toEqual({
    code: 2,
    text: 'OPS_RABBITMQ_MANAGEMENT_URL, OPS_ORDER_DATABASE_URL, … is not set',
  });
});

test('ops token prints a token of a customer, or of other scopes', async () => {
  const env = { OPS_ACCESS_KEY: JSON.stringify(accessKey) };
  const claims = async (...args: readonly string[]) => {
    const { code, text } = await runCommand(['token', ...args], env);
    expect(code).toBe(0);
    return (await jwtVerify(text, createLocalJWKSet(toJwks([accessKey])))).payload;
  };
  const alice = await claims('alice');
  expect(alice).toMatchObject({ sub: 'alice', scope: 'shop' });
  expect(alice.exp! - alice.iat!).toBe(12 * 3_600);
  const staff = await claims('bo', '--scope', 'stock,support', '--hours', '1');
  expect(staff).toMatchObject({ sub: 'bo', scope: 'support stock' });
  expect(staff.exp! - staff.iat!).toBe(3_600);
});

test.each([
  [['token', 'alice'], 'OPS_ACCESS_KEY is not set'],
  [['token', 'alice', '--scope', 'admin'], 'Scopes are shop, support, catalogue, stock, operator.'],
  [['token', 'alice', '--hours', '25'], 'It must be a whole number from 1 to 24.'],
  [['token', 'x'.repeat(65)], 'It must have 1 to 64 characters.'],
])('%j is refused', async (args, message) => {
  const { code, text } = await runCommand(args, {});
  expect(code).toBe(2);
  expect(text).toContain(message);
});

test('an unusable key is refused without showing it', async () => {
  const { code, text } = await runCommand(['token', 'alice'], { OPS_ACCESS_KEY: '{"d":"s3cret"}' });
  expect(code).toBe(2);
  expect(text).toContain('OPS_ACCESS_KEY: cannot be used; expected a private JWK with kid, d and kty');
  expect(text).not.toContain('s3cret');
});
