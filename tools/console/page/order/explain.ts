import type { OrderTrace } from '../../protocol-records.js';
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
  const reason = order.reason ?? '';
  switch (reason) {
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
function explainWaiting(trace: OrderTrace, now: number): Pair<string> {
  const { en, zh } =
    explainDeadLetter(trace) ?? explainMessage(trace, now) ?? explainGateway(trace) ?? explainStates(trace);
  const left = duration(Math.max(0, trace.order.deadlineAt - now));
  if (trace.order.status !== 'pending') return { en: `Waiting: ${en}.`, zh: `等待中：${zh}。` };
  return {
    en: `Waiting: ${en}. It is cancelled in ${left} unless it is confirmed.`,
    zh: `等待中：${zh}。若 ${left}内未确认将自动取消。`,
  };
}

function explainDeadLetter({ messages }: OrderTrace): Pair<string> | undefined {
  for (const { type, deliveries } of messages) {
    const dead = deliveries.find(({ deadLetter }) => deadLetter?.status === 'open');
    if (!dead) continue;
    return {
      en: `${dead.service} stored ${type} as a dead letter; correct the cause and replay it`,
      zh: `${dead.service} 把 ${type} 存为死信，请排除原因后重放`,
    };
  }
  return undefined;
}

function explainMessage({ messages }: OrderTrace, now: number): Pair<string> | undefined {
  for (const { type, producer, occurredAt, publishedAt, deliveries } of messages) {
    const waiting = deliveries.find(({ claimedAt, deadLetter }) => claimedAt === null && deadLetter === null);
    if (!waiting) continue;
    const since = duration(Math.max(0, now - occurredAt));
    if (publishedAt === null)
      return {
        en: `${type} of ${producer} is not published yet, for ${since}`,
        zh: `${producer} 的 ${type} 尚未发布，已等待 ${since}`,
      };
    return {
      en: `${type} is in the queue ${waiting.queue} and ${waiting.service} has not handled it`,
      zh: `${type} 在队列 ${waiting.queue} 中，${waiting.service} 尚未处理`,
    };
  }
  return undefined;
}

function explainGateway({ gateway }: OrderTrace): Pair<string> | undefined {
  const called = gateway.find(({ completedAt }) => completedAt === null);
  if (!called) return undefined;
  const { operation, attempts, lastError } = called;
  const error = lastError ?? '';
  return {
    en: `the gateway has not responded to ${operation}, attempt ${Math.max(1, attempts)}${error && ` (${error})`}`,
    zh: `网关尚未响应 ${operation}，第 ${Math.max(1, attempts)} 次尝试${error && `（${error}）`}`,
  };
}

function explainStates({ order: { stock, payment } }: OrderTrace): Pair<string> {
  return { en: `stock is ${stock}, payment is ${payment}`, zh: `库存 ${stock}，支付 ${payment}` };
}
