import { expect, test } from 'vitest';

import { readServerSettings } from './servers.js';

test('a version of RABBITMQ_URL cannot be chosen', () => {
  expect(readServerSettings({ RABBITMQ_VERSION: '4.3' })).toMatchObject({ rabbitmqVersion: '4.3' });
  expect(() => readServerSettings({ RABBITMQ_VERSION: '4.3', RABBITMQ_URL: 'amqp://host' })).toThrow(
    'RABBITMQ_VERSION: cannot choose the version of the broker at RABBITMQ_URL',
  );
});

test.each(['latest', '4.x', 'rabbitmq:4.3', '-4.3'])('%s is no version', (version) => {
  expect(() => readServerSettings({ RABBITMQ_VERSION: version })).toThrow('expected a version such as 4.3');
});
