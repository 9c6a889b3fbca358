import type { Pair } from './texts.js';

interface Switch {
  readonly name: Pair<string>;
  /** The effect that the page then shows. */
  readonly effect: Pair<string>;
}

/** The gateway modes of the Lab, by the name in the API. */
export const gatewaySwitches: Readonly<Record<string, Switch>> = {
  decline: {
    name: { en: 'Decline', zh: '拒付' },
    effect: {
      en: 'New orders are cancelled: payment declined. Their held stock is released.',
      zh: '新订单因拒付被取消，预占的库存释放。',
    },
  },
  fail: {
    name: { en: 'Respond with 500', zh: '返回 500' },
    effect: {
      en: 'Payment retries under the same idempotency key. Orders stay pending; none is declined.',
      zh: '支付服务用同一幂等键重试。订单保持处理中，不会误判为拒付。',
    },
  },
  slow: {
    name: { en: 'Take 2 s', zh: '延迟 2 秒' },
    effect: {
      en: 'Operations in flight grow, completion takes about 4 s, and no queue grows.',
      zh: '处理中的网关操作增多，订单约 4 秒完成，队列不积压。',
    },
  },
  timeout_after_charge: {
    name: { en: 'Charge, then not respond', zh: '扣款后不响应' },
    effect: {
      en: 'Payment retries and the gateway returns the first result: one charge per order.',
      zh: '支付服务重试，网关返回首次结果：每单只扣一次款。',
    },
  },
  respond_twice: {
    name: { en: 'Respond twice', zh: '重复响应' },
    effect: { en: 'No effect: the second response is ignored.', zh: '没有影响：第二次响应被忽略。' },
  },
};

/** The effect of a disturbed link, by its name. */
export const linkEffects: Readonly<Record<string, Pair<string>>> = {
  'order–broker': {
    en: 'Orders are still accepted. The outbox of order grows; after healing it drains in order.',
    zh: '仍可受理订单，订单服务的发件箱积压；恢复后按顺序发完。',
  },
  'inventory–broker': {
    en: 'The queues of inventory grow, payment continues. After healing they drain; no order is lost.',
    zh: '库存服务的队列积压，支付照常进行；恢复后消化积压，订单不丢。',
  },
  'payment–broker': {
    en: 'The queues of payment grow, stock is held. After healing they drain; no order is paid twice.',
    zh: '支付服务的队列积压，库存先预占；恢复后消化积压，不会重复扣款。',
  },
  'payment–gateway': {
    en: 'Payment retries each operation under its idempotency key; orders stay pending.',
    zh: '支付服务用同一幂等键重试每次网关操作，订单保持处理中。',
  },
};

export const messageSwitches = {
  repeat: {
    name: { en: 'One message five times', zh: '同一条消息发五次' },
    effect: {
      en: 'Each inbox claims it once; the order completes once.',
      zh: '每个收件箱只处理一次，订单只完成一次。',
    },
  },
  half: {
    name: { en: 'Half a message', zh: '半条消息' },
    effect: {
      en: 'One dead letter per subscriber; the messages behind it continue.',
      zh: '每个订阅者产生一条死信，后面的消息照常处理。',
    },
  },
} as const satisfies Record<string, Switch>;

export const loadEffect: Pair<string> = {
  en: 'Orders are accepted at once; queues absorb what the services cannot handle yet.',
  zh: '订单立即受理，服务来不及处理的部分由队列削峰。',
};
