import { expect, test } from 'vitest';

import { assertServerVersion } from './server-versions.js';

test.each([
  ['RabbitMQ', '3.9.13'],
  ['RabbitMQ', '3.9.29+1'],
  ['RabbitMQ', '3.8.35'],
  ['RabbitMQ', '2.10.0'],
  ['PostgreSQL', '13.22'],
  ['PostgreSQL', '13.22 (Debian 13.22-1)'],
  ['PostgreSQL', '9.6.24'],
] as const)('%s %s is too old', (product, version) => {
  expect(() => assertServerVersion('URL', product, version)).toThrow(
    `URL: this is ${product} ${version}, but ${product} ${product === 'RabbitMQ' ? '3.10' : '14'} or newer is needed`,
  );
});

test.each([
  ['RabbitMQ', '3.10.0'],
  ['RabbitMQ', '3.13.7'],
  ['RabbitMQ', '4.0.5'],
  ['RabbitMQ', '4.3.0-rc.1'],
  ['RabbitMQ', 'nightly'],
  ['PostgreSQL', '14.0'],
  ['PostgreSQL', '18.4 (Debian 18.4-1)'],
  ['PostgreSQL', '19devel'],
] as const)('%s %s is supported', (product, version) => {
  expect(() => assertServerVersion('URL', product, version)).not.toThrow();
});
