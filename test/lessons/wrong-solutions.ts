import { randomUUID } from 'node:crypto';

import type { Chain, ChainOrder, Charge, PlaceOrder } from '../../lessons/naive/chain.js';
import type { Delivery, OrderEvent, VersionedEvent } from '../../lessons/naive/points.js';
import { EXCHANGE } from '../../lessons/naive/sandbox.js';
import type { Db } from '../../lessons/naive/session.js';
import {
  type Accept,
  type Order,
  type PaymentClaim,
  publishBeforeCommit,
  type Reserve,
  reserveByReadThenWrite,
  type Storefront,
} from '../../lessons/naive/storefront.js';
import type { Consumer } from '../../lessons/one-queue-or-exchange/exercise.js';

/** A solution that a reader may try, and the advice that must help. */
export interface WrongSolution {
  /** Completes the sentence “a solution that …”. */
  readonly title: string;
  /** Loads the module; every call is a restart of its process. */
  readonly load: () => Promise<object>;
  readonly advice: RegExp;
}

const once = (module: object) => (): Promise<object> => Promise.resolve(module);
const INSERT_CREDIT = 'INSERT INTO credits (order_id) VALUES ($1)';

async function placeWithoutTransaction({ db }: Storefront, order: Order): Promise<void> {
  await db.query('INSERT INTO orders VALUES ($1, $2, $3)', [order.id, order.sku, order.quantity]);
  await db.query('INSERT INTO outbox (id, event) VALUES ($1, $2)', [order.id, JSON.stringify(order)]);
}

async function claimOutsideTransaction({ db, read, ack }: Delivery): Promise<void> {
  const { id, orderId } = read();
  const claimed = await db.query('INSERT INTO inbox VALUES ($1) ON CONFLICT DO NOTHING', [id]);
  if (claimed.rowCount === 1) await db.query(INSERT_CREDIT, [orderId]);
  ack();
}

/** Remembers message ids in memory. */
function rememberInMemory(): Promise<object> {
  const handled = new Set<string>();
  const receive = async ({ db, read, ack }: Delivery): Promise<void> => {
    const { id, orderId } = read();
    if (!handled.has(id)) await db.query(INSERT_CREDIT, [orderId]);
    handled.add(id);
    ack();
  };
  return Promise.resolve({ receive });
}

async function skipWithoutAck({ db, read, ack }: Delivery): Promise<void> {
  const { id, orderId } = read();
  await db.query('BEGIN');
  const claimed = await db.query('INSERT INTO inbox VALUES ($1) ON CONFLICT DO NOTHING', [id]);
  if (claimed.rowCount === 1) await db.query(INSERT_CREDIT, [orderId]);
  await db.query('COMMIT');
  if (claimed.rowCount === 1) ack();
}

const withDeadLetters = {
  durable: true,
  deadLetterExchange: EXCHANGE,
  deadLetterRoutingKey: 'lesson.dead-letters',
};

/** Handles a failed message in one way only. */
function handleFailure(how: 'reject' | 'requeue') {
  return async (delivery: Delivery): Promise<void> => {
    try {
      await delivery.db.query(INSERT_CREDIT, [delivery.read().orderId]);
      delivery.ack();
    } catch {
      delivery[how]();
    }
  };
}

async function acknowledgeInFinally({ db, read, ack }: Delivery): Promise<void> {
  try {
    await db.query(INSERT_CREDIT, [read().orderId]);
  } finally {
    ack();
  }
}

async function acknowledgeWithoutAwait({ db, read, ack }: Delivery): Promise<void> {
  void db.query(INSERT_CREDIT, [read().orderId]);
  ack();
}

/** Starts the work without the queue and does not wait for it. */
function fireAndForget({ callInventory, callPayment }: Chain, order: ChainOrder): Promise<void> {
  void callInventory(order)
    .then(() => callPayment(order))
    .catch(() => {});
  return Promise.resolve();
}

const enqueue: PlaceOrder = ({ enqueue }, order) => enqueue(order);

async function handleWithoutErrors({ callInventory, callPayment }: Chain, order: ChainOrder): Promise<void> {
  await callInventory(order)
    .then(() => callPayment(order))
    .catch(() => {});
}

async function lockWithoutTransaction(db: Db, sku: string, quantity: number): Promise<boolean> {
  const { rows } = await db.query<{ available: number }>(
    'SELECT available FROM stock WHERE sku = $1 FOR UPDATE',
    [sku],
  );
  const available = rows[0]?.available ?? 0;
  if (available < quantity) return false;
  await db.query('UPDATE stock SET available = $2 WHERE sku = $1', [sku, available - quantity]);
  return true;
}

/** Serializes the buyers of one process only. */
function lockInMemory(): Promise<object> {
  let last: Promise<unknown> = Promise.resolve();
  const reserve: Reserve = (db, sku, quantity) => {
    const mine = last.then(() => reserveByReadThenWrite(db, sku, quantity));
    last = mine.catch(() => {});
    return mine;
  };
  return Promise.resolve({ reserve });
}

const refuseEveryone: Reserve = () => Promise.resolve(false);

/** Reuses one key within a process; a restart forgets it. */
function rememberKeyInMemory(): Promise<object> {
  const keys = new Map<string, string>();
  const charge: Charge = async ({ authorize }, order) => {
    const key = keys.get(order.id) ?? randomUUID();
    keys.set(order.id, key);
    await authorize(key, order).catch(() => authorize(key, order));
  };
  return Promise.resolve({ charge });
}

const chargeWithOneKey: Charge = async ({ authorize }, order) => {
  await authorize('authorize', order).catch(() => authorize('authorize', order));
};

const confirmOrRefuse: Accept = ({ publish }, order) =>
  publish(order).then(
    () => 202,
    () => 503,
  );

const confirmOnly: Accept = ({ publish }, order) => publish(order).then(() => 202);

const rejectPublish = { maxLength: 10, arguments: { 'x-overflow': 'reject-publish' } };

function readAnyMember({ data }: VersionedEvent): number {
  const { total, totalAmount } = data as { total?: { amount: number }; totalAmount?: number };
  return (total?.amount ?? totalAmount ?? 0) / 100;
}

function readVersionOne({ type, data }: VersionedEvent): number {
  if (type !== 'order.completed.v1') throw new Error(type);
  return (data as { total: { amount: number } }).total.amount / 100;
}

/** Retries later without end, or gives up at the first failure. */
function handleFailureLater(attemptsMax: number) {
  return async ({ db, read, ack, reject, attempt, retryLater }: Delivery): Promise<void> => {
    try {
      await db.query(INSERT_CREDIT, [read().orderId]);
      ack();
    } catch {
      if (attempt >= attemptsMax) return reject();
      await retryLater();
      ack();
    }
  };
}

const withDelay = {
  messageTtl: 300,
  deadLetterExchange: EXCHANGE,
  deadLetterRoutingKey: 'lesson.points',
};

/** Wrong solutions of each lesson, by slug. */
export const wrongSolutions: Readonly<Record<string, readonly WrongSolution[]>> = {
  'sync-or-async': [
    {
      title: 'starts the work without waiting for it',
      load: once({ placeOrder: fireAndForget, handleOrder: () => Promise.resolve() }),
      advice: /A call that is not awaited is lost/,
    },
    {
      title: 'ignores errors of the work',
      load: once({ placeOrder: enqueue, handleOrder: handleWithoutErrors }),
      advice: /Let `handleOrder` reject/,
    },
  ],
  'one-queue-or-exchange': [
    {
      title: 'gives every process a queue',
      load: once({ chooseQueue: ({ service, process }: Consumer) => `${service}-${process}` }),
      advice: /They must consume the same queue/,
    },
    {
      title: 'shares a queue between two services',
      load: once({ chooseQueue: ({ process }: Consumer) => `process-${process}` }),
      advice: /Each service needs a queue/,
    },
  ],
  acknowledgement: [
    {
      title: 'acknowledges in finally',
      load: once({ receive: acknowledgeInFinally }),
      advice: /never acknowledge in `finally`/,
    },
    {
      title: 'does not await the statement',
      load: once({ receive: acknowledgeWithoutAwait }),
      advice: /Await the statement/,
    },
    {
      title: 'never acknowledges',
      load: once({
        receive: ({ db, read }: Delivery) =>
          db.query(`${INSERT_CREDIT} ON CONFLICT DO NOTHING`, [read().orderId]),
      }),
      advice: /Call `ack` at the end/,
    },
  ],
  idempotency: [
    {
      title: 'remembers the key in memory',
      load: rememberKeyInMemory,
      advice: /Derive the key from the order/,
    },
    {
      title: 'has one key for all orders',
      load: once({ charge: chargeWithOneKey }),
      advice: /Two orders need two keys/,
    },
  ],
  ordering: [
    {
      title: 'uses one partition',
      load: once({ choosePartition: () => 2 }),
      advice: /a consumer has no work/,
    },
    {
      title: 'chooses by the status',
      load: once({
        choosePartition: ({ status }: OrderEvent) => ['placed', 'confirmed', 'completed'].indexOf(status),
      }),
      advice: /Compute the partition from `orderId` alone/,
    },
  ],
  'flow-control': [
    {
      title: 'removes the bound',
      load: once({ queueOptions: {}, accept: confirmOrRefuse }),
      advice: /Keep `maxLength: 10`/,
    },
    {
      title: 'gives no response to a refused customer',
      load: once({ queueOptions: rejectPublish, accept: confirmOnly }),
      advice: /Return 503 when `publish` rejects/,
    },
    {
      title: 'refuses everyone',
      load: once({ queueOptions: rejectPublish, accept: () => Promise.resolve(503) }),
      advice: /Refuse only after `publish` has rejected/,
    },
  ],
  schemas: [
    {
      title: 'reads any member that it finds',
      load: once({ readPoints: readAnyMember }),
      advice: /Throw for an unknown `type`/,
    },
    {
      title: 'refuses version 2',
      load: once({ readPoints: readVersionOne }),
      advice: /Choose the members by `type`.* The first error: order.completed.v2/,
    },
  ],
  'forged-message': [
    {
      title: 'trusts a message without a user',
      load: once({
        isTrusted: ({ userId = 'u' }: PaymentClaim, user: string) => [user, 'u'].includes(userId),
      }),
      advice: /a missing one is not trusted/,
    },
    {
      title: 'compares the user with a fixed name',
      load: once({ isTrusted: ({ userId }: PaymentClaim) => userId === 'payment' }),
      advice: /Its `userId` equals `paymentUser`/,
    },
  ],
  overselling: [
    {
      title: 'locks the row outside a transaction',
      load: once({ reserve: lockWithoutTransaction }),
      advice: /inside BEGIN and COMMIT/,
    },
    { title: 'locks in memory', load: lockInMemory, advice: /does not reach a second replica/ },
    {
      title: 'refuses every buyer',
      load: once({ reserve: refuseEveryone }),
      advice: /while units were left/,
    },
  ],
  'lost-message': [
    {
      title: 'publishes before the commit',
      load: once({ placeOrder: publishBeforeCommit }),
      advice: /Do not call `publish` here/,
    },
    {
      title: 'writes the outbox outside the transaction',
      load: once({ placeOrder: placeWithoutTransaction }),
      advice: /between the same BEGIN and COMMIT/,
    },
    {
      title: 'has an error in its SQL',
      load: once({ placeOrder: ({ db }: Storefront) => db.query('INSERT INTO order VALUES (1)') }),
      advice: /syntax error at or near "order"/,
    },
  ],
  duplicates: [
    { title: 'remembers ids in memory', load: rememberInMemory, advice: /Memory is lost at a restart/ },
    {
      title: 'claims outside the transaction',
      load: once({ receive: claimOutsideTransaction }),
      advice: /Put both between one BEGIN and COMMIT/,
    },
    {
      title: 'does not acknowledge a duplicate',
      load: once({ receive: skipWithoutAck }),
      advice: /Call `ack` also when the message was handled before/,
    },
  ],
  retry: [
    {
      title: 'has no end',
      load: once({ receive: handleFailureLater(Infinity), delayQueueOptions: withDelay }),
      advice: /Count with `attempt`/,
    },
    {
      title: 'gives up at the first failure',
      load: once({ receive: handleFailureLater(1), delayQueueOptions: withDelay }),
      advice: /not `reject`/,
    },
    {
      title: 'has a delay queue without a limit of time',
      load: once({ receive: handleFailureLater(5), delayQueueOptions: {} }),
      advice: /It needs `messageTtl: 300`/,
    },
  ],
  'dead-letters': [
    {
      title: 'rejects every failed message',
      load: once({ receive: handleFailure('reject'), queueOptions: withDeadLetters }),
      advice: /Message 5 is valid/,
    },
    {
      title: 'requeues every failed message',
      load: once({ receive: handleFailure('requeue'), queueOptions: withDeadLetters }),
      advice: /Reject a SyntaxError/,
    },
  ],
};
