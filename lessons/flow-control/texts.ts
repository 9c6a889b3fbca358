import type { LessonTexts } from '../lesson.js';

export const texts: LessonTexts = {
  title: {
    en: 'Peaks and flow control: drop, or refuse at the edge (削峰与流控)',
    zh: '削峰与流控：丢弃消息还是在入口限流（背压）',
  },
  predict: {
    en:
      'Thirty customers order while the consumer is stopped. The queue is bounded to ten messages, so that it cannot fill ' +
      'the memory of the broker. Every customer gets 202. How many orders are handled when the consumer returns?',
    zh: '消费者停了，三十位客户在此期间下单，人人都得到 202。为了不撑爆内存，队列限长十条。消费者恢复后，处理了几笔订单？',
  },
  mistake: {
    en:
      'A bounded queue must lose something or refuse something. By default it drops the oldest message, and confirms the ' +
      'new one: customers whose orders were accepted are lost without an error.',
    zh:
      '有上限的队列，要么丢旧的，要么拒新的。默认策略 drop-head 丢弃队头最老的消息，同时向发布者确认新消息：' +
      '已受理的订单没有任何报错就丢了。',
  },
  ours: {
    en:
      'The broker is unavailable, and the outbox of the order service is bounded to ten pending events, counted once a ' +
      'second. Accepted orders stay in the outbox; further customers get 503 with Retry-After, before anything is stored.',
    zh:
      '消息队列不可用，订单服务的发件箱限定十条待发布事件，每秒计数一次。已受理的订单留在发件箱里；后面的客户在入口处得到 ' +
      '503 和 Retry-After，什么也不落库（背压）。',
  },
  task: {
    en: 'Change `queueOptions` and `accept`: the queue stays bounded to ten, and every customer with a 202 is handled.',
    zh: '修改 `queueOptions` 和 `accept`：队列上限仍是十条，得到 202 的客户一个不丢。',
  },
};

export const labels = {
  customers: { en: 'customers', zh: '客户数' },
  accepted: { en: 'accepted: 202', zh: '已受理（202）' },
  refused: { en: 'refused: 503', zh: '被拒（503），可稍后重试' },
  lost: { en: 'lost: accepted and never handled', zh: '丢失（已受理却没有处理）' },
  failed: { en: 'neither accepted nor refused', zh: '既没有受理，也没有明确拒绝' },
  unbounded: { en: 'waiting beyond the bound of ten', zh: '超出上限十条的排队消息' },
  turnedAway: { en: 'refused although there was room', zh: '队列未满却被拒' },
};

export const advice = {
  lost: {
    en: 'An accepted order was dropped. Declare the queue with the argument `x-overflow: reject-publish`.',
    zh: '有已受理的订单被丢弃。声明队列时用参数 `x-overflow: reject-publish`。',
  },
  failed: (error: string) => ({
    en: `A customer got no clear response: ${error}. Return 503 when \`publish\` rejects.`,
    zh: `有客户没有得到明确的响应：${error}。\`publish\` 失败时请返回 503。`,
  }),
  unbounded: {
    en: 'The queue has no bound: a long peak fills the memory of the broker. Keep `maxLength: 10`.',
    zh: '队列没有上限：高峰持续就会撑爆内存。请保留 `maxLength: 10`。',
  },
  turnedAway: {
    en: 'A customer was refused while the queue had room. Refuse only after `publish` has rejected.',
    zh: '队列还没满，客户就被拒了。只有 `publish` 失败才拒绝。',
  },
};
