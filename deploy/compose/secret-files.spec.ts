import { expect, test } from 'vitest';

import { generateAccessKey } from '#access';
import { services } from '#contracts';

import { secretFiles } from './secret-files.js';

const requested = new Set<string>();
const getPassword = (name: string): string => {
  requested.add(name);
  return `password-of-${name.replaceAll(' ', '-')}`;
};
const accessKey = generateAccessKey();
const secrets = { getPassword, accessKey, welcomeToken: 'a token' };
const files = secretFiles(secrets);

/** The names of the passwords in the files of a folder. */
function passwordsIn(folder: string): string[] {
  const contents = [...files].filter(([path]) => path.startsWith(`${folder}/`)).map(([, content]) => content);
  return [...new Set(contents.join('\n').match(/(?<=password-of-)[\w-]+/g))].toSorted();
}

test.each(services)('%s gets its own credentials and the operator user of the broker', (service) => {
  expect(passwordsIn(service)).toEqual(
    ['broker-operator', `broker-${service}`, `database-${service}`].toSorted(),
  );
});

test('operators get no credentials of administrators or services', () => {
  expect(passwordsIn('operator')).toEqual(['broker-operator', 'database-auditor', 'database-operator']);
});

test('only operators get the private key of tokens, every service the public one', () => {
  const holders = [...files].filter(([, content]) => content.includes(accessKey.d)).map(([path]) => path);
  expect(holders).toEqual(['operator/OPS_ACCESS_KEY']);
  for (const service of services) {
    const jwks = files.get(`${service}/${service.toUpperCase()}_ACCESS_JWKS`) ?? '';
    expect(JSON.parse(jwks)).toMatchObject({ keys: [{ kid: accessKey.kid, x: accessKey.x }] });
  }
});

test('PostgreSQL gets its password, RabbitMQ gets hashes only', () => {
  expect(passwordsIn('postgres')).toEqual(['postgres']);
  expect(files.get('rabbitmq/definitions.json')).not.toMatch(/password-of/);
});

test('the provisioner gets the password of every user and role', () => {
  // The secret of console links and the Erlang cookie belong to no user or role.
  const isProvisioned = (name: string): boolean => name !== 'erlang cookie' && name !== 'console link';
  const known = [...requested].filter(isProvisioned).map((name) => name.replaceAll(' ', '-'));
  expect(passwordsIn('provision')).toEqual(known.toSorted());
});

test('the definitions contain every user and every exchange of its permissions', () => {
  const { users, topic_permissions, exchanges } = JSON.parse(
    files.get('rabbitmq/definitions.json') ?? '',
  ) as {
    readonly users: readonly { readonly name: string }[];
    readonly topic_permissions: readonly { readonly exchange: string }[];
    readonly exchanges: readonly { readonly name: string }[];
  };
  expect(users.map(({ name }) => name).toSorted()).toEqual(
    [...services, 'administrator', 'operator', 'provisioner'].toSorted(),
  );
  const names = new Set(exchanges.map(({ name }) => name));
  expect(topic_permissions.filter(({ exchange }) => !names.has(exchange))).toEqual([]);
});

test('with TLS every URL names a TLS port and the CA', () => {
  const contents = [...secretFiles({ ...secrets, usesTls: true })].filter(([path]) => path.endsWith('_URL'));
  const plain = contents.filter(
    ([, url]) =>
      !/^amqps:.*:5671\/shop\?cacertfile=\/.*\/ca\.pem$/.test(url) &&
      !/^postgres:.*\?sslmode=verify-full&sslrootcert=\/.*\/ca\.pem$/.test(url) &&
      !/^https:.*:15671$/.test(url),
  );
  expect(contents.length).toBeGreaterThan(30);
  expect(plain).toEqual([]);
});
