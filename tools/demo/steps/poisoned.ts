import { randomUUID } from 'node:crypto';

import { encodeEnvelope, messageProperties } from '#messaging';

import { wishFor } from '../../client/api-types.js';
import { until } from '../../client/wait-until.js';

import type { DeadLetter, OutboxRow } from '../database-reader.js';
import { followAllToEnd, type Scene, type Step } from '../step-context.js';

const ORDERS = 20;
const SUBSCRIBERS = ['inventory', 'payment'] as const;

/** A message that nobody can read, in the middle of orders that everybody can. */
export const poisoned: Step = {
  name: 'poisoned',
  async play(scene) {
    const { shop, books, broker, screen, texts, check } = scene;
    const t = texts.steps.poisoned;
    const ids: string[] = [];
    const place = async (): Promise<void> => void ids.push((await shop.place(wishFor('POWERBANK-20000'))).id);

    while (ids.length < ORDERS / 2) await place();
    const [message] = await books.outbox('order', ids[0]!);
    const poison = halfOf(message!);
    await broker.publish(message!.exchange, message!.routingKey, poison.body, poison.properties);
    while (ids.length < ORDERS) await place();

    screen.evidence(t.sent(message!.exchange, message!.routingKey, poison.body.length));
    const orders = await followAllToEnd(scene, ids);
    const letters = await until(
      'the dead letters',
      () => deadLettersWith(scene, poison.body),
      (found) => found.length >= SUBSCRIBERS.length,
    );
    for (const letter of letters) showLetter(scene, letter);

    const completed = orders.filter(({ status }) => status === 'completed').length;
    check(t.completed(completed, ORDERS), completed === ORDERS);
    check(t.kept, letters.length === SUBSCRIBERS.length && letters.every(({ error }) => error !== ''));
  },
};

/** What a producer that was cut off in the middle of a message would leave. */
function halfOf(message: OutboxRow) {
  const whole = encodeEnvelope(message);
  const { userId: _, ...properties } = messageProperties({ ...message, id: randomUUID() }, '');
  return { body: whole.subarray(0, whole.length / 2), properties };
}

async function deadLettersWith({ books }: Scene, body: Buffer): Promise<DeadLetter[]> {
  const letters = await Promise.all(SUBSCRIBERS.map((service) => books.deadLetters(service)));
  return letters.flat().filter((letter) => letter.body.equals(body));
}

function showLetter({ screen, texts }: Scene, { queue, reason, error, attempts, body }: DeadLetter): void {
  const t = texts.steps.poisoned;
  screen.evidence(screen.ink('bold', queue));
  screen.evidence(`  ${t.cause}  ${reason}: ${error}`);
  screen.evidence(`  ${t.attempts}  ${attempts}`);
  screen.evidence(
    `  ${t.bytes}  ${body.length}: ${body.subarray(0, 24).toString()} … ${body.subarray(-20).toString()}`,
  );
}
