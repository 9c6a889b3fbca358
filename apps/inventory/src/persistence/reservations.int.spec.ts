import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';

import { ConcurrentUpdateError, type Transaction } from '#database';
import { openDatabase } from '../../../../libs/test-support/database.js';
import { createGate } from '../../../../libs/test-support/gate.js';
import { testDatabase } from '../../../../libs/test-support/servers.js';
import type { Reservation } from '../domain/stock.js';
import { migrations } from './migrations.js';
import { lockReservations, saveReservations } from './reservations.js';

const database = await openDatabase(await testDatabase(), migrations);

function find(orderId: string): Promise<Reservation | undefined> {
  return database.transaction(async (tx) => (await lockReservations(tx, [orderId])).get(orderId));
}

test('of two concurrent inserts of a reservation one is rolled back', async () => {
  const orderId = uuidv7();
  const [firstHasRead, secondHasSaved] = [createGate(), createGate()];
  const make = async (tx: Transaction, quantity: number, wait: Promise<void>): Promise<void> => {
    const before = await lockReservations(tx, [orderId]);
    firstHasRead.open();
    await wait;
    const reservation: Reservation = {
      orderId,
      status: 'held',
      lines: [{ sku: 'TEA', quantity }],
      version: 1,
    };
    tx.sendWithCommit(saveReservations(tx, before, [reservation]));
  };
  const first = database.transaction((tx) => make(tx, 1, secondHasSaved.opened));
  await firstHasRead.opened;
  await database.transaction((tx) => make(tx, 2, Promise.resolve()));
  secondHasSaved.open();

  await expect(first).rejects.toBeInstanceOf(ConcurrentUpdateError);
  expect(await find(orderId)).toMatchObject({ lines: [{ sku: 'TEA', quantity: 2 }] });
});

test('a stored reservation changes its status and its version', async () => {
  const orderId = uuidv7();
  const held: Reservation = { orderId, status: 'held', lines: [{ sku: 'TEA', quantity: 1 }], version: 1 };
  const save = (reservation: Reservation): Promise<void> =>
    database.transaction(async (tx) =>
      saveReservations(tx, await lockReservations(tx, [orderId]), [reservation]),
    );
  await save(held);
  await save({ ...held, status: 'deducted', version: 2 });
  expect(await find(orderId)).toEqual({ ...held, status: 'deducted', version: 2 });
});
