import { expect, test } from 'vitest';

import { services } from '#contracts';

import { secretFiles } from './secret-files.js';

const requested = new Set<string>();
const getPassword = (who: string): string => {
  requested.add(who);
  return `password-of-${who.replaceAll(' ', '-')}`;
};
const files = secretFiles({ getPassword });

/** Whose passwords are in the files of a folder. */
function passwordsIn(folder: string): string[] {
  const contents = [...files].filter(([path]) => path.startsWith(`${folder}/`)).map(([, content]) => content);
  return [...new Set(contents.join('\n').match(/(?<=password-of-)[\w-]+/g))].toSorted();
}

test.each(services)(
  '%s is handed what is its own, and the name as which it may look at the broker, and no other',
  (service) => {
    expect(passwordsIn(service)).toEqual(
      ['broker-operator', `broker-${service}`, `database-${service}`, `token-${service}`].toSorted(),
    );
  },
);

test('whoever looks is handed neither the administrators nor the services', () => {
  expect(passwordsIn('operator')).toEqual([
    'broker-operator',
    'database-auditor',
    'database-operator',
    ...services.map((service) => `token-${service}`).toSorted(),
  ]);
});

test('PostgreSQL is handed its own password, and RabbitMQ hashes alone', () => {
  expect(passwordsIn('postgres')).toEqual(['postgres']);
  expect(files.get('rabbitmq/definitions.json')).not.toMatch(/password-of/);
});

test('everybody has a password of his own, and the provisioner knows those whom it makes', () => {
  // A token is shown to a service, and to no server that would have to be told of it.
  const isMade = (who: string): boolean => who !== 'erlang cookie' && !who.startsWith('token ');
  const known = [...requested].filter(isMade).map((who) => who.replaceAll(' ', '-'));
  expect(passwordsIn('provision')).toEqual(known.toSorted());
});

test('RabbitMQ loads every user with his rights, and the exchanges that they are about', () => {
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

test('over TLS every URL names a port where nothing else is spoken, and the authority that is to be trusted', () => {
  const contents = [...secretFiles({ getPassword, usesTls: true })].filter(([path]) => path.endsWith('_URL'));
  const plain = contents.filter(
    ([, url]) =>
      !/^amqps:.*:5671\/shop\?cacertfile=\/.*\/ca\.pem$/.test(url) &&
      !/^postgres:.*\?sslmode=verify-full&sslrootcert=\/.*\/ca\.pem$/.test(url) &&
      !/^https:.*:15671$/.test(url),
  );
  expect(contents.length).toBeGreaterThan(30);
  expect(plain).toEqual([]);
});
