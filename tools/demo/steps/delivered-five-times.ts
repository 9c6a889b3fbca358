import { createHash } from 'node:crypto';

import { wishFor } from '../../client/api-types.js';
import { until } from '../../client/wait-until.js';

import type { OutboxRow } from '../database-reader.js';
import type { Wiretap } from '../broker.js';
import { showLevels } from '../evidence.js';
import { followToEnd, type Scene, short, type Step } from '../step-context.js';

const SKU = 'TEA-PUER-357G';
/** Takes two seconds to authorize: time to send the copies while the order is still pending. */
const SLOW_TOKEN = 'tok_slow';

/**
 * 幂等扣减: the message that makes inventory hold stock, delivered again and again. `order.confirmed` goes through the
 * same queue behind the copies, so when the order has completed, all of them have been handled.
 */
export const deliveredFiveTimes: Step = {
  name: 'deliveredFiveTimes',
  async play(scene) {
    const { shop, books, broker, screen, texts, check } = scene;
    const t = texts.steps.deliveredFiveTimes;
    const before = await shop.stock(SKU);
    const wiretap = await broker.listen('order.events', 'order.#');
    const message = await placeAndSendAgain(scene);
    const id = message.subject;
    await followToEnd(scene, id);
    const seen = await stopListening(wiretap, id);
    const after = await shop.stock(SKU);
    const inbox = (await books.inbox('inventory', id)).filter(({ messageId }) => messageId === message.id);

    showSeen(scene, seen);
    const { consumer = '', outcome = '' } = inbox[0] ?? {};
    screen.table(
      [
        { title: 'inventory.inbox' },
        { title: 'message_id' },
        { title: 'outcome' },
        { title: t.rows, align: 'right' },
      ],
      [[consumer, short(message.id), outcome, String(inbox.length)]],
    );
    showLevels(scene, SKU, [
      [texts.before, before],
      [texts.after, after],
    ]);

    const copies = seen.findIndex(({ type }) => type === 'order.confirmed.v1');
    const bodies = new Set(seen.slice(0, copies).map(({ digest }) => digest));
    check(t.delivered, copies === 5 && bodies.size === 1);
    check(t.claimedOnce, inbox.length === 1);
    check(t.deductedOnce, before.available - after.available === 1 && after.deducted - before.deducted === 1);
  },
};

/** Places an order, and sends its message four times more, the last two at once. */
async function placeAndSendAgain({ shop, books, broker }: Scene): Promise<OutboxRow> {
  const { id } = await shop.place(wishFor(SKU, 1, SLOW_TOKEN));
  const [message] = await until(
    'the outbox row',
    () => books.outbox('order', id),
    ([row]) => row?.publishedAt instanceof Date,
  );
  const again = (): Promise<void> => broker.publishAgain(message!);
  await again();
  await again();
  await Promise.all([again(), again()]);
  return message!;
}

interface Seen {
  readonly type: string;
  readonly id: string;
  /** Of the bytes. */
  readonly digest: string;
}

/** What went over the exchange about the order, in that order; the last of it is `order.completed`. */
async function stopListening(wiretap: Wiretap, orderId: string): Promise<Seen[]> {
  const seen = await until(
    'order.completed on the exchange',
    () => Promise.resolve(wiretap.heard.filter(({ content }) => content.includes(`"subject":"${orderId}"`))),
    (heard) => heard.at(-1)?.properties.type === 'order.completed.v1',
  );
  await wiretap.stop();
  return seen.map(({ properties, content }) => ({
    type: String(properties.type),
    id: String(properties.messageId),
    digest: createHash('sha256').update(content).digest('hex').slice(0, 12),
  }));
}

function showSeen({ screen }: Scene, seen: readonly Seen[]): void {
  screen.table(
    [{ title: '#', align: 'right' }, { title: 'order.events' }, { title: 'id' }, { title: 'sha-256' }],
    seen.map(({ type, id, digest }, index) => [String(index + 1), type, short(id), digest]),
  );
}
