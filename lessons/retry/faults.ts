import { randomUUID } from 'node:crypto';

import type { GetMessage, Options } from 'amqplib';

import { WaitTimeoutError, waitUntil } from '../../tools/client/wait-until.js';
import { type Count, type LessonContext, violation } from '../lesson.js';
import { POINTS_TABLES, PointsProgram, type Receive } from '../naive/points.js';
import { EXCHANGE, type Sandbox, withSandbox } from '../naive/sandbox.js';
import { advice, labels } from './texts.js';

export const MESSAGES = 10;
/** The positions of the message that fails three times, and of the one that fails always. */
const [UNLUCKY, HOPELESS] = [3, 7];
const FAILURES = 3;
export const ATTEMPTS_MAX = 5;
/** A message that is retried within its delay must be back by then. */
const RETURN_TIMEOUT_MS = 3_000;

export interface Exercise {
  readonly receive: Receive;
  readonly delayQueueOptions: Options.AssertQueue;
}

interface Queues {
  readonly queue: string;
  readonly delay: string;
  readonly dead: string;
}

/** Handles ten messages, two of which fail, and counts their deliveries and where each one ended. */
export function handleTen(
  { sandbox: urls }: LessonContext,
  { receive, delayQueueOptions }: Exercise,
): Promise<readonly Count[]> {
  return withSandbox(urls, POINTS_TABLES, async (sandbox) => {
    const queues = await publishTen(sandbox, delayQueueOptions);
    const deliveries = new Map<number, number>();
    const beforeDelivery = (points: PointsProgram, { properties }: GetMessage): void => {
      const position = Number(properties.messageId);
      const count = (deliveries.get(position) ?? 0) + 1;
      deliveries.set(position, count);
      if (position === HOPELESS || (position === UNLUCKY && count <= FAILURES)) points.failBefore(/insert/i);
    };
    const load = (): Promise<Receive> => Promise.resolve(receive);
    const program = new PointsProgram(sandbox, { queue: queues.queue, load, beforeDelivery });
    const isComplete = async (): Promise<boolean> => {
      const { messageCount } = await sandbox.channel.checkQueue(queues.dead);
      return messageCount + (await program.db.query('SELECT FROM credits')).rowCount >= MESSAGES;
    };
    do await program.run();
    while (
      Math.max(...deliveries.values()) <= ATTEMPTS_MAX &&
      (await waitForRetry(sandbox, queues.queue, isComplete))
    );
    return countEnds(sandbox, queues, program, [...deliveries.values()]);
  });
}

async function publishTen(sandbox: Sandbox, delayQueueOptions: Options.AssertQueue): Promise<Queues> {
  const dead = await sandbox.declareQueue('dead-letters');
  const toDeadLetters = { deadLetterExchange: EXCHANGE, deadLetterRoutingKey: dead };
  const queue = await sandbox.declareQueue('points', toDeadLetters);
  const delay = await sandbox.declareQueue('delay', delayQueueOptions);
  const positions = Array.from({ length: MESSAGES }, (_, index) => String(index + 1));
  const body = (): string => JSON.stringify({ id: randomUUID(), orderId: randomUUID() });
  await sandbox.publish(positions.map((messageId) => ({ queue, body: body(), messageId })));
  return { queue, delay, dead };
}

async function countEnds(
  sandbox: Sandbox,
  { queue, delay, dead }: Queues,
  { db }: PointsProgram,
  deliveries: readonly number[],
): Promise<Count[]> {
  const drain = async (name: string): Promise<number[]> =>
    (await sandbox.drain(name)).map(({ properties }) => Number(properties.messageId));
  const [stuck, letters, waiting] = [await drain(delay), await drain(dead), await drain(queue)];
  const { rowCount: credited } = await db.query('SELECT FROM credits');
  const excess = deliveries.reduce((sum, count) => sum + Math.max(0, count - ATTEMPTS_MAX), 0);
  const lost = MESSAGES - credited - letters.length - waiting.length - stuck.length;
  const isValid = (position: number): boolean => position !== HOPELESS;
  return [
    { label: labels.credited, value: credited },
    { label: labels.kept, value: letters.length },
    violation(labels.excess, excess, advice.excess),
    violation(labels.blocked, waiting.filter(isValid).length, advice.blocked),
    violation(labels.gaveUp, letters.filter(isValid).length, advice.gaveUp),
    violation(labels.lost, Math.max(0, lost), advice.lost),
    violation(labels.stuck, stuck.filter(isValid).length, advice.stuck),
  ];
}

/** Waits until a delayed message is back. @returns false if all messages are settled, or if none returns in time */
async function waitForRetry(
  { channel }: Sandbox,
  queue: string,
  isComplete: () => Promise<boolean>,
): Promise<boolean> {
  const isBack = async (): Promise<boolean> => (await channel.checkQueue(queue)).messageCount > 0;
  const look = async () => ({ isBack: await isBack(), isComplete: await isComplete() });
  try {
    const found = await waitUntil('a retry', look, (now) => now.isBack || now.isComplete, {
      timeoutMs: RETURN_TIMEOUT_MS,
    });
    return found.isBack;
  } catch (error) {
    if (error instanceof WaitTimeoutError) return false;
    throw error;
  }
}
