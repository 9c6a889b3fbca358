import { createHash } from 'node:crypto';

import { createOrderRequest } from '../../client/api-types.js';
import { waitUntil } from '../../client/wait-until.js';

import type { OutboxRow } from '../database-reader.js';
import type { MessageRecorder } from '../broker.js';
import { showStockLevels } from '../evidence.js';
import { followToEnd, type StepContext, shortId, type Step } from '../step-context.js';

const SKU = 'TEA-PUER-357G';
/** The gateway authorizes this token after 2 s, so the copies are published while the order is pending. */
const SLOW_TOKEN = 'tok_slow';

/**
 * 幂等扣减: the message that makes inventory hold stock is delivered five times. `order.confirmed` follows the copies in
 * the same queue, so all copies are handled when the order has completed.
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

/** Places an order and publishes its message four more times, the last two concurrently. */
async function placeAndRepublish({ shop, database, broker }: StepContext): Promise<OutboxRow> {
  const { id } = await shop.place(createOrderRequest(SKU, 1, SLOW_TOKEN));
  const [message] = await waitUntil(
    'the outbox row',
    () => database.outbox('order', id),
    ([row]) => row?.publishedAt instanceof Date,
  );
  const republish = (): Promise<void> => broker.republish(message!);
  await republish();
  await republish();
  await Promise.all([republish(), republish()]);
  return message!;
}

interface RecordedMessage {
  readonly type: string;
  readonly id: string;
  /** SHA-256 of the body, shortened. */
  readonly digest: string;
}

/** Stops after `order.completed`, and returns the order's messages in the order of publishing. */
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
