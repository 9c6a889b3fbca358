import { createHash } from 'node:crypto';

import { createOrderRequest } from '../../client/api-types.js';
import { waitUntil } from '../../client/wait-until.js';

import type { OutboxRow } from '../database-reader.js';
import type { MessageRecorder } from '../broker.js';
import { showStockLevels } from '../evidence.js';
import { followToEnd, type StepContext, shortId, type Step } from '../step-context.js';

const SKU = 'TEA-PUER-357G';
/** Takes two seconds to authorize: time to send the copies while the order is still pending. */
const SLOW_TOKEN = 'tok_slow';

/**
 * 幂等扣减: the message that makes inventory hold stock, delivered again and again. `order.confirmed` goes through the
 * same queue behind the copies, so when the order has completed, all of them have been handled.
 */
export const deliveredFiveTimes: Step = {
  name: 'deliveredFiveTimes',
  async run(context) {
    const { shop, database, broker, screen, translations, check } = context;
    const t = translations.steps.deliveredFiveTimes;
    const before = await shop.stock(SKU);
    const recorder = await broker.recordMessages('order.events', 'order.#');
    const message = await placeAndRepublish(context);
    const id = message.subject;
    await followToEnd(context, id);
    const seen = await stopRecording(recorder, id);
    const after = await shop.stock(SKU);
    const inbox = (await database.inbox('inventory', id)).filter(({ messageId }) => messageId === message.id);

    showRecorded(context, seen);
    const { consumer = '', outcome = '' } = inbox[0] ?? {};
    screen.table(
      [
        { title: 'inventory.inbox' },
        { title: 'message_id' },
        { title: 'outcome' },
        { title: t.rows, align: 'right' },
      ],
      [[consumer, shortId(message.id), outcome, String(inbox.length)]],
    );
    showStockLevels(context, SKU, [
      [translations.before, before],
      [translations.after, after],
    ]);

    const copies = seen.findIndex(({ type }) => type === 'order.confirmed.v1');
    const bodies = new Set(seen.slice(0, copies).map(({ digest }) => digest));
    check(t.delivered, copies === 5 && bodies.size === 1);
    check(t.claimedOnce, inbox.length === 1);
    check(t.deductedOnce, before.available - after.available === 1 && after.deducted - before.deducted === 1);
  },
};

/** Places an order, and sends its message four times more, the last two at once. */
async function placeAndRepublish({ shop, database, broker }: StepContext): Promise<OutboxRow> {
  const { id } = await shop.place(createOrderRequest(SKU, 1, SLOW_TOKEN));
  const [message] = await waitUntil(
    'the outbox row',
    () => database.outbox('order', id),
    ([row]) => row?.publishedAt instanceof Date,
  );
  const again = (): Promise<void> => broker.republish(message!);
  await again();
  await again();
  await Promise.all([again(), again()]);
  return message!;
}

interface RecordedMessage {
  readonly type: string;
  readonly id: string;
  /** Of the bytes. */
  readonly digest: string;
}

/** What went over the exchange about the order, in that order; the last of it is `order.completed`. */
async function stopRecording(recorder: MessageRecorder, orderId: string): Promise<RecordedMessage[]> {
  const seen = await waitUntil(
    'order.completed on the exchange',
    () =>
      Promise.resolve(recorder.messages.filter(({ content }) => content.includes(`"subject":"${orderId}"`))),
    (recorded) => recorded.at(-1)?.properties.type === 'order.completed.v1',
  );
  await recorder.stop();
  return seen.map(({ properties, content }) => ({
    type: String(properties.type),
    id: String(properties.messageId),
    digest: createHash('sha256').update(content).digest('hex').slice(0, 12),
  }));
}

function showRecorded({ screen }: StepContext, seen: readonly RecordedMessage[]): void {
  screen.table(
    [{ title: '#', align: 'right' }, { title: 'order.events' }, { title: 'id' }, { title: 'sha-256' }],
    seen.map(({ type, id, digest }, index) => [String(index + 1), type, shortId(id), digest]),
  );
}
