import { randomUUID } from 'node:crypto';

import type { Options } from 'amqplib';

import { encodeEnvelope, messageProperties } from '#messaging';
import { createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { type Count, type Lesson, type LessonContext, type ShopRun, violation } from '../lesson.js';
import { POINTS_TABLES, PointsProgram, type Receive, rejectFailed, requeueFailed } from '../naive/points.js';
import { type Sandbox, withSandbox } from '../naive/sandbox.js';
import { advice, labels, texts } from './texts.js';

const MESSAGES = 20;
/** The position of the truncated message, and of the one whose first database statement fails. */
const [POISON, UNLUCKY] = [10, 5];

interface Exercise {
  readonly receive: Receive;
  readonly queueOptions: Options.AssertQueue;
}

export const deadLetters: Lesson<Exercise> = {
  number: 10,
  slug: 'dead-letters',
  texts,
  naive: [rejectFailed, requeueFailed].map((receive) => ({
    source: { file: 'lessons/naive/points.ts', name: receive.name },
    run: (context) => handleTwenty(context, { receive, queueOptions: {} }),
  })),
  ours,
  exports: ['receive', 'queueOptions'],
  check: async (context, load) => handleTwenty(context, await load()),
  readNext: [
    'libs/messaging/src/consume/retry.ts',
    'docs/how-to/operating.md',
    'test/e2e/malformed-messages.e2e.ts',
  ],
};

/** Handles twenty messages, one of them truncated, and counts where each one ended. */
function handleTwenty(
  { sandbox: urls }: LessonContext,
  { receive, queueOptions }: Exercise,
): Promise<readonly Count[]> {
  return withSandbox(urls, POINTS_TABLES, async (sandbox) => {
    const dead = await sandbox.declareQueue('dead-letters');
    const queue = await sandbox.declareQueue('points', queueOptions);
    await publishTwenty(sandbox, queue);
    let hasFailed = false;
    const program = new PointsProgram(sandbox, {
      queue,
      load: () => Promise.resolve(receive),
      beforeDelivery: (points, { properties }) => {
        if (hasFailed || properties.messageId !== String(UNLUCKY)) return;
        hasFailed = true;
        points.failBefore(/insert/i);
      },
    });
    await program.run();
    const letters = (await sandbox.drain(dead)).map(({ properties }) => Number(properties.messageId));
    const { rowCount: credited } = await program.db.query('SELECT FROM credits');
    const waiting = (await sandbox.drain(queue)).map(({ properties }) => Number(properties.messageId));
    const blocked = waiting.filter((number) => number !== POISON).length;
    const misplaced = letters.filter((number) => number !== POISON).length;
    const lost = MESSAGES - credited - letters.length - waiting.length;
    return [
      { label: labels.credited, value: credited },
      { label: labels.kept, value: letters.length },
      violation(labels.lost, lost, advice.lost),
      violation(labels.blocked, blocked, advice.blocked),
      violation(labels.misplaced, misplaced, advice.misplaced),
    ];
  });
}

/** Publishes twenty messages with their position as the message id; one body is truncated. */
function publishTwenty(sandbox: Sandbox, queue: string): Promise<void> {
  const positions = Array.from({ length: MESSAGES }, (_, index) => index + 1);
  const messages = positions.map((position) => {
    const whole = JSON.stringify({ id: randomUUID(), orderId: randomUUID() });
    return { queue, body: position === POISON ? whole.slice(0, 40) : whole, messageId: String(position) };
  });
  return sandbox.publish(messages);
}

/** Places twenty orders; the first half of a message is published among their messages. */
async function ours({ shop, database, broker }: LessonContext): Promise<ShopRun> {
  const ids: string[] = [];
  const place = async (): Promise<void> =>
    void ids.push((await shop.place(createOrderRequest('POWERBANK-20000'))).id);
  while (ids.length < MESSAGES / 2) await place();
  const [message] = await database.outbox('order', ids[0]!);
  const whole = encodeEnvelope(message!);
  const poison = whole.subarray(0, whole.length / 2);
  const { userId: _, ...properties } = messageProperties({ ...message!, id: randomUUID() }, '');
  await broker.publish(message!.exchange, message!.routingKey, poison, properties);
  while (ids.length < MESSAGES) await place();
  const orders = await Promise.all(ids.map((id) => shop.waitUntilEnded(id)));
  const completed = orders.filter(({ status }) => status === 'completed').length;
  const findLetters = async () =>
    (await Promise.all([database.deadLetters('inventory'), database.deadLetters('payment')]))
      .flat()
      .filter(({ body }) => body.equals(poison));
  const letters = await waitUntil('both dead letters', findLetters, (found) => found.length === 2);
  const sql = `SELECT queue, failure_reason, attempts, error FROM dead_letters WHERE message_id = '${properties.messageId}'`;
  return {
    counts: [
      { label: labels.completed, value: completed },
      { label: labels.kept, value: letters.length },
      violation(labels.lost, 2 - letters.length),
      violation(labels.blocked, MESSAGES - completed),
    ],
    rows: [{ service: 'inventory', sql }],
  };
}
