import { expect, test } from 'vitest';

import { listDeadLetters } from '#dead-letters';
import {
  ConsumingService,
  type StartOptions,
  placedEvents,
  toIds,
} from '../../../test-support/consuming-service.js';
import { brokerAccess } from '../../../test-support/servers.js';

const service = await ConsumingService.prepare();
const { probe, database } = service;
const [queue, parking] = [service.queue(), 'moved'];
const vhost = new URL(service.adminUrl).pathname.slice(1);
/** The form `Move messages` of the management UI logs in to the virtual host without a user. */
const WITHOUT_USER = `amqp:///${vhost}`;

await probe.channel.assertQueue(parking, { durable: true, arguments: { 'x-queue-type': 'quorum' } });

/** Whether the broker has the plugin; the one that tests start has it. */
const hasShovels = await probe.callManagementApi('GET', '/shovels').then(
  () => true,
  () => false,
);

/** Moves the present messages of a queue, with the parameters of the form `Move messages`. */
async function move(from: string, to: string, uri = WITHOUT_USER, name = `to-${to}`): Promise<void> {
  await probe.callManagementApi('PUT', `/parameters/shovel/:vhost/${name}`, {
    value: {
      'src-protocol': 'amqp091',
      'src-uri': uri,
      'src-queue': from,
      'src-delete-after': 'queue-length',
      'src-prefetch-count': 1_000,
      'dest-protocol': 'amqp091',
      'dest-uri': uri,
      'dest-queue': to,
      'dest-add-forward-headers': false,
      'ack-mode': 'on-confirm',
    },
  });
}

async function moveAwayAndBack(count: number): Promise<void> {
  await move(queue, parking);
  await expect.poll(() => probe.countReady(parking)).toBe(count);
  await expect.poll(() => probe.countReady(queue)).toBe(0);
  await move(parking, queue);
  await expect.poll(() => probe.countReady(queue)).toBe(count);
}

const failing: StartOptions = { hook: () => Promise.reject(new Error('not now')) };

test.skipIf(!hasShovels)('messages that a shovel moves away and back take effect once', async () => {
  const events = placedEvents(20);
  await service.publish(...events);
  await moveAwayAndBack(events.length);
  await service.start();
  await expect.poll(() => service.effectIds()).toEqual(toIds(events));
  expect(await listDeadLetters(database, 'open', 1)).toEqual([]);
});

test.skipIf(!hasShovels)('a moved retry keeps its attempt and its origin', async () => {
  const [event] = placedEvents(1);
  await service.publish(event!);
  const { log, close } = await service.start(failing);
  await log.waitFor('message failed; retry scheduled');
  await close();
  await expect.poll(() => probe.countReady(queue)).toBe(1);
  await moveAwayAndBack(1);
  const again = await service.start(failing);
  expect(await again.log.waitFor('message failed; retry scheduled')).toMatchObject({ attempt: 2 });
});

test.skipIf(!hasShovels)('a shovel that logs in as another user loses no message', async () => {
  const events = placedEvents(3);
  await service.publish(...events);
  const { amqpUrl } = brokerAccess();
  await move(queue, parking, `${amqpUrl}/${vhost}`, 'as-administrator');
  const shovels = (): Promise<{ name: string; state: string }[]> =>
    probe.callManagementApi('GET', '/shovels/:vhost');
  const ended = expect.objectContaining({
    name: 'as-administrator',
    state: 'terminated',
    reason: expect.stringContaining('user_id') as string,
  }) as unknown;
  await expect.poll(shovels).toContainEqual(ended);
  expect(await probe.countReady(parking)).toBe(0);
  await probe.callManagementApi('DELETE', '/parameters/shovel/:vhost/as-administrator');
  await service.start();
  await expect.poll(() => service.effectIds()).toEqual(toIds(events));
});
