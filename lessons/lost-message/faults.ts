import { randomUUID } from 'node:crypto';

import { type Count, type LessonContext, violation } from '../lesson.js';
import { withSandbox } from '../naive/sandbox.js';
import { type Order, type PlaceOrder, STOREFRONT_TABLES, StorefrontProgram } from '../naive/storefront.js';
import { advice, labels } from './texts.js';

export const ORDERS = 10;
/** The link to the broker is cut before the first of these orders, and restored after the last one. */
export const CUT = { from: 4, to: 6 };
/** The process crashes after it has inserted this order. */
const CRASH = 8;
/** The connection to the database ends before this order's commit. */
const COMMIT_FAILS = 9;

/** Places ten orders under the faults above, lets the relay publish the outbox, and compares orders with events. */
export function placeTenOrders(
  { sandbox: urls }: LessonContext,
  place: PlaceOrder,
): Promise<readonly Count[]> {
  return withSandbox(urls, STOREFRONT_TABLES, async (sandbox) => {
    const program = await StorefrontProgram.start(sandbox);
    let refused = 0;
    let firstError = '';
    for (let number = 1; number <= ORDERS; number += 1) {
      const error = await placeUnderFault(program, place, number);
      if (error === undefined || number === CRASH || number === COMMIT_FAILS) continue;
      refused += await countMissing(program, error.orderId);
      firstError ||= error.message;
    }
    await program.relayOutbox();
    const { rows } = await program.db.query<{ id: string }>('SELECT id FROM orders');
    const stored = new Set(rows.map(({ id }) => id));
    const published = new Set(
      (await sandbox.drain(program.queue)).map(({ properties }) => String(properties.messageId)),
    );
    const lost = [...stored].filter((id) => !published.has(id)).length;
    const ghosts = [...published].filter((id) => !stored.has(id)).length;
    return [
      { label: labels.stored, value: stored.size },
      { label: labels.published, value: published.size },
      violation(labels.lost, lost, advice.lost),
      violation(labels.ghosts, ghosts, advice.ghosts),
      violation(labels.refused, refused, advice.refused(firstError)),
    ];
  });
}

/** Places one order. @returns the error that its customer gets, or undefined */
async function placeUnderFault(program: StorefrontProgram, place: PlaceOrder, number: number) {
  const order: Order = { id: randomUUID(), sku: 'TEA-LONGJING-100G', quantity: 1 };
  const { db } = program;
  if (number === CUT.from) await program.cutLink();
  if (number === CUT.to + 1) await program.restoreLink();
  if (number === CRASH)
    db.after = (sql) => (/insert into orders/i.test(sql) ? crash(program) : Promise.resolve());
  if (number === COMMIT_FAILS)
    db.before = (sql) => (/^\s*commit/i.test(sql) ? crash(program) : Promise.resolve());
  try {
    await place(program, order);
    return undefined;
  } catch (error) {
    return { orderId: order.id, message: error instanceof Error ? error.message : String(error) };
  } finally {
    db.after = db.before = () => Promise.resolve();
    await db.close(); // ends a transaction that the program left open
  }
}

async function crash({ db }: StorefrontProgram): Promise<never> {
  await db.close();
  throw new Error('the process crashed');
}

/** 1 if the order was not stored: its customer was refused. */
async function countMissing({ db }: StorefrontProgram, orderId: string): Promise<number> {
  return (await db.query('SELECT FROM orders WHERE id = $1', [orderId])).rowCount === 0 ? 1 : 0;
}
