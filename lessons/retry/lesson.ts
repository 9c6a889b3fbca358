import { createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { type Lesson, type LessonContext, type ShopRun, violation } from '../lesson.js';
import { requeueFailed } from '../naive/points.js';
import { ATTEMPTS_MAX, type Exercise, handleTen, MESSAGES } from './faults.js';
import { labels, texts } from './texts.js';

/** Makes inventory fail to store the reservation of one order. */
const failOrder = (id: string): string => `
  CREATE FUNCTION lesson_fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the lesson fails it'; END $$;
  CREATE TRIGGER lesson_fails BEFORE INSERT ON reservations
  FOR EACH ROW WHEN (NEW.order_id = '${id}') EXECUTE FUNCTION lesson_fails()`;
const STOP_FAILING = 'DROP FUNCTION IF EXISTS lesson_fails CASCADE';

export const retry: Lesson<Exercise> = {
  number: 9,
  slug: 'retry',
  texts,
  naive: [
    {
      source: { file: 'lessons/naive/points.ts', name: 'requeueFailed' },
      run: (context) => handleTen(context, { receive: requeueFailed, delayQueueOptions: {} }),
    },
  ],
  ours,
  exports: ['receive', 'delayQueueOptions'],
  check: async (context, load) => handleTen(context, await load()),
  readNext: [
    'libs/messaging/src/consume/retry.ts',
    'docs/how-to/operating.md',
    'test/faults/known-mistakes.fault.ts',
  ],
};

/** Makes the message of one of ten orders fail in inventory until it is in a delay queue, and counts its attempts. */
async function ours({ shop, database, broker, control }: LessonContext): Promise<ShopRun> {
  await database.query('inventory', STOP_FAILING);
  await control.kill('inventory');
  const recorder = await broker.recordMessages('inventory.retry', '#');
  try {
    const ids: string[] = [];
    while (ids.length < MESSAGES) ids.push((await shop.place(createOrderRequest('POWERBANK-20000'))).id);
    await database.query('inventory', failOrder(ids[0]!));
    await control.start('inventory');
    const retries = () => Promise.resolve(recorder.messages.length);
    await waitUntil('a retry', retries, (count) => count > 0);
    await database.query('inventory', STOP_FAILING);
    const orders = await Promise.all(ids.map((id) => shop.waitUntilEnded(id)));
    const completed = orders.filter(({ status }) => status === 'completed').length;
    const attempts = Math.max(
      ...recorder.messages.map(({ properties }) => Number(properties.headers?.['x-attempt'])),
    );
    return {
      counts: [
        { label: labels.completed, value: completed },
        { label: labels.attempts, value: attempts },
        violation(labels.excess, Math.max(0, attempts - ATTEMPTS_MAX)),
        violation(labels.lost, MESSAGES - completed),
      ],
      rows: [
        {
          service: 'inventory',
          sql: `SELECT type, outcome, claimed_at FROM inbox WHERE subject = '${ids[0]}'`,
        },
      ],
    };
  } finally {
    await recorder.stop();
    await database.query('inventory', STOP_FAILING);
  }
}
