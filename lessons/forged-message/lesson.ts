import { randomUUID } from 'node:crypto';

import { subscriptions } from '#contracts';
import { eventsExchange, partitionQueue } from '#messaging';
import { createOrderRequest } from '../../tools/client/api-types.js';
import { type Count, type Lesson, type LessonContext, type ShopRun, violation } from '../lesson.js';
import { type Sandbox, withSandbox } from '../naive/sandbox.js';
import { type Trust, trustBody } from '../naive/storefront.js';
import { advice, labels, texts } from './texts.js';

const [GENUINE, FORGED] = [10, 5];
/** The gateway's delay: the order is unpaid while the messages are forged. */
const GATEWAY_MS = 3_000;
const ACCESS_REFUSED = 403;

export const forgedMessage: Lesson<{ isTrusted: Trust }> = {
  number: 18,
  slug: 'forged-message',
  texts,
  naive: [
    {
      source: { file: 'lessons/naive/storefront.ts', name: 'trustBody' },
      run: (context) => receiveClaims(context, trustBody),
    },
  ],
  ours,
  exports: ['isTrusted'],
  check: async (context, load) => receiveClaims(context, (await load()).isTrusted),
  readNext: [
    'libs/messaging/src/topology/broker-permissions.ts',
    'libs/messaging/src/consume/decode.ts',
    'docs/explanation/security.md',
    'test/security/broker-permissions.int.spec.ts',
  ],
};

/** Publishes genuine and forged messages to one queue, and counts the orders that the program completes. */
function receiveClaims({ sandbox: urls }: LessonContext, isTrusted: Trust): Promise<readonly Count[]> {
  return withSandbox(urls, '', async (sandbox) => {
    const queue = await sandbox.declareQueue('payments');
    const paymentUser = decodeURIComponent(new URL(urls.brokerUrl).username);
    const message = { queue, body: JSON.stringify({ from: 'payment' }) };
    const genuine = Array.from({ length: GENUINE }, () => ({ ...message, userId: paymentUser }));
    await sandbox.publish([...genuine, ...Array.from({ length: FORGED }, () => message)]);
    const completed = { genuine: 0, forged: 0 };
    for (const { content, properties } of await sandbox.drain(queue)) {
      const { from } = JSON.parse(content.toString()) as { from: string };
      const userId = properties.userId as string | undefined;
      if (isTrusted({ from, userId }, paymentUser))
        completed[userId === undefined ? 'forged' : 'genuine'] += 1;
    }
    return [
      { label: labels.genuine, value: GENUINE },
      { label: labels.attempts, value: FORGED },
      violation(labels.forged, completed.forged, advice.forged),
      violation(labels.refused, GENUINE - completed.genuine, advice.refused),
    ];
  });
}

/** Publishes a forged capture of an unpaid order by three ways, and counts those that the broker accepts. */
async function ours({ shop, database, sandbox: urls }: LessonContext): Promise<ShopRun> {
  await shop.setGatewayModes({ authorize: { behaviour: 'slow', delayMs: GATEWAY_MS } });
  const { id } = await shop.place(createOrderRequest('SILK-SCARF-RED'));
  const body = JSON.stringify({ id: randomUUID(), type: 'payment.captured.v1', subject: id });
  const { consumer } = subscriptions.find(({ service }) => service === 'order')!;
  const targets = [
    [eventsExchange('payment'), 'payment.captured'],
    ['', partitionQueue(consumer, 0)],
    ['order.retry', '1s.order'],
  ] as const;
  const codes = await withSandbox(urls, '', (sandbox) =>
    Promise.all(targets.map(([exchange, key]) => tryPublish(sandbox, exchange, key, body))),
  );
  const denied = codes.filter((code) => code === ACCESS_REFUSED).length;
  await shop.setGatewayModes({});
  const { payment } = await shop.waitUntilEnded(id);
  const captures = await database.count(
    'payment',
    "SELECT count(*) FROM outbox WHERE type = 'payment.captured.v1' AND subject = $1",
    [id],
  );
  const sql = `SELECT trigger, to_status, stock, payment FROM order_transitions WHERE order_id = '${id}' ORDER BY version`;
  return {
    counts: [
      { label: labels.attempts, value: targets.length },
      { label: labels.denied, value: denied },
      violation(labels.forged, targets.length - denied + (payment === 'captured' ? 1 - captures : 1)),
    ],
    rows: [{ service: 'order', sql }],
  };
}

/** @returns the error code that the broker answers with; undefined if it confirms the message */
async function tryPublish(
  sandbox: Sandbox,
  exchange: string,
  key: string,
  body: string,
): Promise<number | undefined> {
  const channel = await (await sandbox.connect()).createConfirmChannel();
  const refusal = new Promise<number | undefined>((resolve) =>
    channel.once('error', ({ code }: { code?: number }) => resolve(code)),
  );
  channel.publish(exchange, key, Buffer.from(body));
  const confirm = channel.waitForConfirms().then(() => undefined);
  return Promise.race([refusal, confirm.catch(() => refusal)]);
}
