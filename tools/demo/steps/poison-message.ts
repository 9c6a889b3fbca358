import { randomUUID } from 'node:crypto';

import { encodeEnvelope, messageProperties } from '#messaging';

import { createOrderRequest } from '../../client/api-types.js';
import { waitUntil } from '../../client/wait-until.js';

import type { DeadLetter, OutboxRow } from '../database-reader.js';
import { followAllToEnd, type StepContext, type Step } from '../step-context.js';

const ORDERS = 20;
const SUBSCRIBERS = ['inventory', 'payment'] as const;

/** A truncated message between the messages of twenty orders. */
export const poisonMessage: Step = {
  name: 'poisonMessage',
  async run(context) {
    const { shop, database, broker, screen, translations, check } = context;
    const t = translations.steps.poisonMessage;
    const ids: string[] = [];
    const place = async (): Promise<void> =>
      void ids.push((await shop.place(createOrderRequest('POWERBANK-20000'))).id);

    while (ids.length < ORDERS / 2) await place();
    const [message] = await database.outbox('order', ids[0]!);
    const truncated = truncateMessage(message!);
    await broker.publish(message!.exchange, message!.routingKey, truncated.body, truncated.properties);
    while (ids.length < ORDERS) await place();

    screen.evidence(t.sent(message!.exchange, message!.routingKey, truncated.body.length));
    const orders = await followAllToEnd(context, ids);
    const letters = await waitUntil(
      'the dead letters',
      () => findDeadLetters(context, truncated.body),
      (found) => found.length >= SUBSCRIBERS.length,
    );
    for (const letter of letters) showDeadLetter(context, letter);

    const completed = orders.filter(({ status }) => status === 'completed').length;
    check(t.completed(completed, ORDERS), completed === ORDERS);
    check(
      t.deadLettered,
      letters.length === SUBSCRIBERS.length && letters.every(({ error }) => error !== ''),
    );
  },
};

/** The first half of a message, under a new id. */
function truncateMessage(message: OutboxRow) {
  const whole = encodeEnvelope(message);
  const { userId: _, ...properties } = messageProperties({ ...message, id: randomUUID() }, '');
  return { body: whole.subarray(0, whole.length / 2), properties };
}

async function findDeadLetters({ database }: StepContext, body: Buffer): Promise<DeadLetter[]> {
  const letters = await Promise.all(SUBSCRIBERS.map((service) => database.deadLetters(service)));
  return letters.flat().filter((letter) => letter.body.equals(body));
}

function showDeadLetter(
  { screen, translations }: StepContext,
  { queue, failureReason, error, attempts, body }: DeadLetter,
): void {
  const t = translations.steps.poisonMessage;
  screen.evidence(screen.style('bold', queue));
  screen.evidence(`  ${t.cause}  ${failureReason}: ${error}`);
  screen.evidence(`  ${t.attempts}  ${attempts}`);
  screen.evidence(
    `  ${t.bytes}  ${body.length}: ${body.subarray(0, 24).toString()} … ${body.subarray(-20).toString()}`,
  );
}
