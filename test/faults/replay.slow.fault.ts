import { connect } from 'amqplib';
import { expect, test } from 'vitest';

import { partitionQueue } from '#messaging';

import { wishFor } from '../../tools/client/api-types.js';
import { until } from '../../tools/client/wait-until.js';
import { BreakableShop } from './breakable-shop.js';
import { type Letter, Operator } from './operator.js';
import { Wiretap } from './wiretap.js';

const PARTITIONS = 4;
/** What the replayer promises: a hundred at a time, and a quarter of a second after each hundred. */
const SENT_PER_SECOND_MAX = 400;
const FEW = 150;
const MANY = 10_000;

const faults = await BreakableShop.open();
const { platform, customers, shop } = faults;
const { inventory } = platform.processes;
const operator = await Operator.of(faults, 'inventory');
const sku = await shop.newProduct({ stock: 1_000_000 });
const wish = wishFor(sku);

async function completed(ids: readonly string[]): Promise<void> {
  for (const id of ids) expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
}

/** All of them, each as it is to be. */
async function expectLetters(count: number, each: Partial<Letter>): Promise<void> {
  const letters = await operator.letters();
  expect(letters).toHaveLength(count);
  for (const letter of letters) expect(letter).toMatchObject(each);
}

/** What a message that is handled leaves in inventory, and one that is recognised does not. */
async function effects(): Promise<object> {
  const rows = await faults.query(
    'inventory',
    `SELECT (SELECT count(*)::integer FROM inbox) AS handled, (SELECT count(*)::integer FROM outbox) AS told,
            (SELECT count(*)::integer FROM reservations) AS reservations`,
  );
  return { ...rows[0]!, stock: await shop.stock(sku) };
}

test('what is still bad comes back with an attempt more; mended, and killed in the middle of the replay, everything has its effect once', async () => {
  await faults.survives(async () => {
    await faults.query(
      'inventory',
      'ALTER TABLE reservations ADD CONSTRAINT mistake CHECK (false) NOT VALID',
    );
    const ids = await customers.placeMany(wish, FEW);
    await operator.untilThereAre(FEW, { status: ['open'], type: 'order.placed' });
    await expectLetters(FEW, { reason: 'sqlstate_23514', attempts: 1, occurrences: 1 });

    expect(await operator.replayAll()).toBe(FEW);
    const failedAgain = async (): Promise<Letter[]> =>
      (await operator.letters()).filter(({ occurrences }) => occurrences === 2);
    await until('all of them back', failedAgain, ({ length }) => length === FEW);
    await expectLetters(FEW, { status: 'open', attempts: 2, replays: 1 });

    await faults.query('inventory', 'ALTER TABLE reservations DROP CONSTRAINT mistake');
    const tap = await Wiretap.listen(platform.rabbitmqUrl, ['inventory.retry']);
    await inventory.restart({ INVENTORY_CRASH_POINT: 'replayer: after confirm, before marking' });
    expect(await operator.replayAll()).toBe(FEW);
    await inventory.exited;
    expect(inventory.endedBy).toBe('SIGKILL');
    expect(await operator.count({ status: ['replaying'] })).toBe(FEW);
    await inventory.start();
    // What the killed process had in hand is leased to it for a while longer.
    await operator.untilThereAre(FEW, { status: ['replayed'] }, 120_000);
    expect(tap.repeated.length).toBeGreaterThan(0);
    await completed(ids);
  });
});

test('what was done already is recognised when it is sent again', async () => {
  const before = await effects();
  await faults.survives(async () => {
    const letters = await operator.letters();
    expect(letters).toHaveLength(FEW);
    // As when an operator is not sure whether all of it has been heard.
    await faults.query('inventory', `UPDATE dead_letters SET status = 'open', archived_at = NULL`);
    const tap = await Wiretap.listen(platform.rabbitmqUrl, ['inventory.retry']);
    expect(await operator.replayAll()).toBe(FEW);
    await operator.untilThereAre(FEW, { status: ['replayed'] });
    const unheard = async (): Promise<Letter[]> =>
      letters.filter(({ messageId }) => !tap.hasHeard(messageId!));
    await until('all of them sent', unheard, ({ length }) => length === 0);
  });
  // All is quiet, so they have been read.
  expect(await effects()).toEqual(before);
});

test('ten thousand at once are sent no faster than promised, and orders go on meanwhile', async () => {
  await faults.survives(async () => {
    await faults.query('inventory', 'DELETE FROM dead_letters');
    const connection = await connect(platform.rabbitmqUrl);
    const channel = await connection.createConfirmChannel();
    for (let number = 0; number < MANY; number += 1) {
      const queue = partitionQueue('inventory.order-processing', number % PARTITIONS);
      channel.sendToQueue(queue, Buffer.from(`bad message ${number}`), { persistent: true });
    }
    await channel.waitForConfirms();
    await connection.close();
    await operator.untilThereAre(MANY, { status: ['open'], reason: 'malformed' }, 180_000);

    const startedAt = performance.now();
    expect(await operator.replayAll()).toBe(MANY);
    const waiting = (): Promise<number> => operator.count({ status: ['replaying'] });
    const ids: string[] = [];
    while ((await waiting()) > MANY / 2) {
      const id = await customers.place(wish);
      await completed([id]);
      ids.push(id);
    }
    expect(await waiting(), 'orders were completed before all was sent').toBeGreaterThan(0);
    expect(ids.length).toBeGreaterThan(0);
    await until('all of them sent', waiting, (count) => count === 0, { withinMs: 180_000, everyMs: 100 });
    const seconds = (performance.now() - startedAt) / 1000;
    expect(MANY / seconds).toBeLessThanOrEqual(SENT_PER_SECOND_MAX * 1.02); // no pause before the first hundred

    await operator.untilThereAre(MANY, { status: ['open'] }, 180_000);
    await expectLetters(MANY, { attempts: 2, replays: 1, occurrences: 2 });
  });
});
