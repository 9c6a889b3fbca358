import { describe, expect, test } from 'vitest';

import { slotForKey } from '#messaging';
import { createOrderRequest, serviceNames } from '../../tools/client/api-types.js';
import { ServerFailedError } from '../../tools/local/server-process.js';
import type { ServiceProcess } from '../../tools/local/service-process.js';
import { Operator } from './dead-letter-operator.js';
import { startFaultEnvironment } from './fault-environment.js';

const PARTITIONS = 4;
/** The batch that was not redelivered, and one process for each of three marks. */
const KILLS_MAX = 4;

const environment = await startFaultEnvironment();
const { clients, shop } = environment;
const inventory = environment.process('inventory');
const operator = await Operator.open(environment, 'inventory');
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

const partition = (id: string): number => slotForKey(id) % PARTITIONS;

/** Restarts the process whenever it is killed, until `done` resolves. Resolves to the number of kills. */
async function restartUntil(
  done: Promise<void>,
  process: ServiceProcess,
  env: Record<string, string>,
): Promise<number> {
  let isDone = false;
  const end = done.then(() => {
    isDone = true;
  });
  for (let kills = 0; ; kills += 1) {
    await process.start(env).catch((error: unknown) => {
      // The process may receive the message before its readiness is checked.
      if (!(error instanceof ServerFailedError)) throw error;
    });
    await Promise.race([process.exited, end]);
    if (isDone) return kills;
    expect(process.signalCode).toBe('SIGKILL');
  }
}

describe('a message that ends the process every time is given up, its neighbours complete:', () => {
  test.each(['one replica', 'two replicas'])('%s', async (replicas) => {
    await environment.assertSurvives(async () => {
      const processes =
        replicas === 'one replica' ? [inventory] : [inventory, await environment.startReplica('inventory')];
      for (const process of processes) await process.stop();
      const before = await clients.placeMany(orderRequest, 20);
      const poison = await clients.place(orderRequest);
      const behind = await clients.placeMany(orderRequest, 20);
      const neighbours = [...before, ...behind];
      expect(neighbours.some((id) => partition(id) === partition(poison))).toBe(true);
      const [event] = await environment.placedEvents([poison]);
      const env = {
        INVENTORY_FAILPOINT: 'consumer.before-commit',
        INVENTORY_FAILPOINT_MESSAGE_ID: event!.id,
      };
      const deadLettered = operator.waitForCount(1, { status: ['open'] }, 150_000);
      const kills = await Promise.all(processes.map((process) => restartUntil(deadLettered, process, env)));
      expect(kills.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(KILLS_MAX);
      const letters = await operator.deadLetters();
      expect(letters.filter(({ status }) => status === 'open')).toMatchObject([
        { messageId: event!.id, failureReason: 'consumer_crashed' },
      ]);
      // The failpoint is still active, so this process has not handled the poison message.
      await environment.expectCompleted(neighbours);
      expect(await shop.order(poison)).toMatchObject({ status: 'pending', stock: 'none' });

      for (const process of processes.slice(1)) await process.stop();
      await inventory.restart();
      expect(await operator.replayAll()).toBe(1);
      await environment.expectCompleted([poison]);
      await environment.waitForHealth(serviceNames, 'ok');
    });
  });
});
