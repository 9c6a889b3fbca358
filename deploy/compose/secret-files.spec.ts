import { expect, test } from 'vitest';

import { services } from '#contracts';

import { secretFiles } from './secret-files.js';

const asked = new Set<string>();
const files = secretFiles({
  passwordOf: (who) => {
    asked.add(who);
    return `password-of-${who.replaceAll(' ', '-')}`;
  },
});

/** Whose passwords are in the files of a folder. */
function passwordsIn(folder: string): string[] {
  const contents = [...files].filter(([path]) => path.startsWith(`${folder}/`)).map(([, content]) => content);
  return [...new Set(contents.join('\n').match(/(?<=password-of-)[\w-]+/g))].toSorted();
}

test.each(services)('%s is handed the password of its own role and its own user, and no other', (service) => {
  expect(passwordsIn(service)).toEqual([`broker-${service}`, `database-${service}`]);
});

test('whoever looks is handed neither the administrators nor the services', () => {
  expect(passwordsIn('operator')).toEqual(['broker-operator', 'database-auditor', 'database-operator']);
});

test('PostgreSQL is handed its own password, and RabbitMQ hashes alone', () => {
  expect(passwordsIn('postgres')).toEqual(['postgres']);
  expect(files.get('rabbitmq/definitions.json')).not.toMatch(/password-of/);
});

test('everybody has a password of his own, and the provisioner knows those whom it makes', () => {
  const known = [...asked].filter((who) => who !== 'erlang cookie').map((who) => who.replaceAll(' ', '-'));
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
