import { randomUUID } from 'node:crypto';

import { encodeEnvelope, messageProperties } from '#messaging';
import { createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { type Count, type Lesson, type LessonContext, type ShopRun, violation } from '../lesson.js';
import { readLeniently, type VersionedEvent } from '../naive/points.js';
import { advice, labels, texts } from './texts.js';

const MESSAGES = 10;

type ReadPoints = (event: VersionedEvent) => number;

export const schemas: Lesson<{ readPoints: ReadPoints }> = {
  number: 16,
  slug: 'schemas',
  texts,
  naive: [
    {
      source: { file: 'lessons/naive/points.ts', name: 'readLeniently' },
      run: () => Promise.resolve(readVersions(readLeniently)),
    },
  ],
  ours,
  exports: ['readPoints'],
  check: async (_context, load) => readVersions((await load()).readPoints),
  readNext: [
    'libs/contracts/src/event-contract.ts',
    'libs/contracts/src/compatibility/find-incompatibilities.ts',
    'test/e2e/malformed-messages.e2e.ts',
  ],
};

/** Reads ten events of each version and two invalid ones. */
function readVersions(read: ReadPoints): Count[] {
  const numbers = Array.from({ length: MESSAGES }, (_, index) => index + 1);
  const valid = numbers.flatMap((points): [VersionedEvent, number][] => [
    [{ type: 'order.completed.v1', data: { total: { amount: points * 100, currency: 'CNY' } } }, points],
    [{ type: 'order.completed.v2', data: { totalAmount: points * 100, currency: 'CNY' } }, points],
  ]);
  const invalid: VersionedEvent[] = [
    { type: 'order.completed.v3', data: { total: { amount: 100 }, totalAmount: 100 } },
    { type: 'order.completed.v1', data: {} },
  ];
  const results = valid.map(([event, points]) => ({ points, result: attempt(() => read(event)) }));
  const invalidResults = invalid.map((event) => attempt(() => read(event)));
  const errors = [...results.map(({ result }) => result), ...invalidResults].filter(isError);
  const wrong = results.filter(({ points, result }) => result !== points);
  const firstError = wrong.map(({ result }) => result).find(isError);
  return [
    { label: labels.messages, value: valid.length + invalid.length },
    { label: labels.errors, value: errors.length },
    violation(labels.wrong, wrong.length, advice.wrong(firstError?.message ?? '')),
    violation(labels.swallowed, invalidResults.filter((result) => !isError(result)).length, advice.swallowed),
  ];
}

function attempt<Result>(run: () => Result): Result | Error {
  try {
    return run();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function isError(result: unknown): result is Error {
  return result instanceof Error;
}

/** Publishes an `order.placed` whose lines are renamed to items, and counts what inventory and payment did with it. */
async function ours({ shop, database, broker }: LessonContext): Promise<ShopRun> {
  const { id } = await shop.place(createOrderRequest('SILK-SCARF-RED'));
  await shop.waitUntilEnded(id);
  const [message] = await database.outbox('order', id);
  const orderId = randomUUID();
  const data = message!.data.replace('"lines"', '"items"').replace(id, orderId);
  const renamed = { ...message!, id: randomUUID(), subject: orderId, data };
  const { userId: _, ...properties } = messageProperties(renamed, '');
  await broker.publish(message!.exchange, message!.routingKey, encodeEnvelope(renamed), properties);
  const sql = 'SELECT count(*) FROM dead_letters WHERE message_id = $1';
  const count = async (): Promise<number> =>
    (await database.count('inventory', sql, [renamed.id])) +
    (await database.count('payment', sql, [renamed.id]));
  const letters = await waitUntil('both dead letters', count, (found) => found === 2);
  const effects =
    (await database.count('inventory', 'SELECT count(*) FROM reservations WHERE order_id = $1', [orderId])) +
    (await database.count('payment', 'SELECT count(*) FROM payments WHERE order_id = $1', [orderId]));
  return {
    counts: [
      { label: labels.messages, value: 1 },
      { label: labels.letters, value: letters },
      violation(labels.effects, effects),
    ],
    rows: [
      {
        service: 'inventory',
        sql: `SELECT type, failure_reason, attempts, error FROM dead_letters WHERE message_id = '${renamed.id}'`,
      },
    ],
  };
}
