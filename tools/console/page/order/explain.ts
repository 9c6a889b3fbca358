import type { OrderTrace } from '../../protocol.js';
import { duration, money } from '../format.js';
import type { Pair } from '../texts.js';

/** One sentence that says why the order is in its status. */
export function explain(trace: OrderTrace, now: number): Pair<string> {
  const { status } = trace.order;
  if (status === 'completed') return explainCompletion(trace);
  if (status === 'cancelled' || status === 'cancelling') return explainCancellation(trace);
  return explainWaiting(trace, now);
}

function explainCompletion({ order: { ms, amount, currency } }: OrderTrace): Pair<string> {
  const [took, sum] = [duration(ms), money(amount, currency)];
  return {
    en: `Completed in ${took}: the stock is deducted and ${sum} is captured.`,
    zh: `${took} 完成：库存已扣减，已收款 ${sum}。`,
  };
}

function explainCancellation(trace: OrderTrace): Pair<string> {
  const cause = explainCause(trace);
  const effect = explainCompensation(trace);
  const isDone = trace.order.status === 'cancelled';
  return {
    en: `${isDone ? 'Cancelled' : 'Being cancelled'} because ${cause.en}${effect.en}.`,
    zh: `${isDone ? '已取消' : '正在取消'}，因为${cause.zh}${effect.zh}。`,
  };
}

function explainCause({ order, shortages, refusal }: OrderTrace): Pair<string> {
  const why = refusal === null ? '' : ` (${refusal})`;
  const lacking = shortages.map(({ sku, requested, available }) => ({ sku, requested, available }));
  switch (order.reason) {
    case 'out_of_stock':
      return {
        en: `inventory had too little stock: ${lacking.map(({ sku, requested, available }) => `${sku}, ${requested} requested, ${available} available`).join('; ')}`,
        zh: `库存不足：${lacking.map(({ sku, requested, available }) => `${sku} 需要 ${requested} 件，可用 ${available} 件`).join('；')}`,
      };
    case 'payment_declined':
      return { en: `the payment gateway declined the payment${why}`, zh: `支付网关拒绝付款${why}` };
    case 'payment_failed':
      return { en: `the payment gateway refused to capture the payment${why}`, zh: `支付网关拒绝请款${why}` };
    case 'customer_request':
      return { en: 'the customer cancelled it', zh: '客户取消了订单' };
    case 'timed_out':
      return {
        en: `it was not confirmed before its deadline, ${duration(order.deadlineAt - order.placedAt)} after placing`,
        zh: `下单后 ${duration(order.deadlineAt - order.placedAt)} 的截止时间前未能确认`,
      };
    default:
      return { en: order.reason ?? 'of an unknown reason', zh: order.reason ?? '未知原因' };
  }
}

const stockEffects: Readonly<Record<string, Pair<string>>> = {
  released: { en: 'the held stock was released', zh: '预占的库存已释放' },
  restocked: { en: 'the goods were restocked', zh: '商品已回库' },
  rejected: { en: 'no stock was held', zh: '未预占库存' },
};
const paymentEffects: Readonly<Record<string, Pair<string>>> = {
  voided: { en: 'the authorization was voided', zh: '预授权已撤销' },
  refunded: { en: 'the payment was refunded', zh: '款项已退回' },
  refund_failed: {
    en: 'the gateway refused the refund, which an operator must settle',
    zh: '网关拒绝退款，需要人工处理',
  },
  declined: { en: 'no money was taken', zh: '没有扣款' },
};

function explainCompensation({ order: { stock, payment } }: OrderTrace): Pair<string> {
  const effects = [stockEffects[stock], paymentEffects[payment]].filter((effect) => effect !== undefined);
  if (effects.length === 0) return { en: '', zh: '' };
  return {
    en: `; ${effects.map(({ en }) => en).join(' and ')}`,
    zh: `；${effects.map(({ zh }) => zh).join('，')}`,
  };
}

/** Names the first part that has not done its work. */
function explainWaiting({ order, messages, gateway }: OrderTrace, now: number): Pair<string> {
  const left = duration(Math.max(0, order.deadlineAt - now));
  const tail =
    order.status === 'pending'
      ? { en: ` It is cancelled in ${left} unless it is confirmed.`, zh: ` 若 ${left}内未确认将自动取消。` }
      : { en: '', zh: '' };
  const unpublished = messages.find(
    ({ publishedAt, deliveries }) =>
      publishedAt === null && deliveries.every(({ claimedAt }) => claimedAt === null),
  );
  const unhandled = messages.flatMap(({ type, deliveries }) =>
    deliveries
      .filter(({ claimedAt, deadLetter }) => claimedAt === null && deadLetter === null)
      .map((delivery) => ({ ...delivery, type })),
  )[0];
  const dead = messages.flatMap(({ type, deliveries }) =>
    deliveries
      .filter(({ deadLetter }) => deadLetter?.status === 'open')
      .map((delivery) => ({ ...delivery, type })),
  )[0];
  const called = gateway.find(({ completedAt }) => completedAt === null);
  const head = (en: string, zh: string): Pair<string> => ({
    en: `Waiting: ${en}.${tail.en}`,
    zh: `等待中：${zh}。${tail.zh}`,
  });
  if (dead)
    return head(
      `${dead.service} stored ${dead.type} as a dead letter; correct the cause and replay it`,
      `${dead.service} 把 ${dead.type} 存为死信，请排除原因后重放`,
    );
  if (unpublished)
    return head(
      `${unpublished.type} of ${unpublished.producer} is not published yet, since ${duration(now - unpublished.occurredAt)}`,
      `${unpublished.producer} 的 ${unpublished.type} 尚未发布，已等待 ${duration(now - unpublished.occurredAt)}`,
    );
  if (unhandled)
    return head(
      `${unhandled.type} is in the queue ${unhandled.queue} and ${unhandled.service} has not handled it`,
      `${unhandled.type} 在队列 ${unhandled.queue} 中，${unhandled.service} 尚未处理`,
    );
  if (called)
    return head(
      `the gateway has not responded to ${called.operation}${called.attempts > 1 ? `, attempt ${called.attempts}` : ''}${called.lastError === null ? '' : ` (${called.lastError})`}`,
      `网关尚未响应 ${called.operation}${called.attempts > 1 ? `，第 ${called.attempts} 次尝试` : ''}${called.lastError === null ? '' : `（${called.lastError}）`}`,
    );
  return head(
    `stock is ${order.stock}, payment is ${order.payment}`,
    `库存 ${order.stock}，支付 ${order.payment}`,
  );
}
