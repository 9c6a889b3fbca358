import type { LessonTexts } from '../lesson.js';

export const texts: LessonTexts = {
  title: {
    en: 'Everybody is guest: a forged message completes an order (权限控制、消息安全)',
    zh: '权限控制与消息安全：人人都是 guest，伪造的支付消息完成了订单',
  },
  predict: {
    en:
      'Ten payments complete ten orders. A client that has the broker password, but is not the payment service, publishes ' +
      'five messages that say “from payment: captured”. How many orders are completed without a payment?',
    zh:
      '十笔支付消息完成十笔订单。另有一个客户端拿到了消息队列的密码，它不是支付服务，却发布了五条写着“来自 payment，已扣款”的消息。' +
      '有几笔订单没付钱就完成了？',
  },
  mistake: {
    en:
      'The body of a message is text of its publisher. With one login for all services, every program can publish the ' +
      'events of every other, and no consumer can tell them apart.',
    zh: '报文内容由发布者任意填写。所有服务共用一个账号时，任何程序都能冒充别的服务发布事件，消费者无从分辨。',
  },
  ours: {
    en:
      'An order waits for a slow gateway. The broker user of the lessons publishes a forged `payment.captured` for it to ' +
      'the exchange of payment, to the queue of the order service, and to its retry exchange. The broker refuses each ' +
      'with 403: a user can write its own exchanges only. The consumer also compares `userId` with the producer.',
    zh:
      '一笔订单正在等待缓慢的网关。课程的账号为它伪造 `payment.captured`，分别发往支付的交换机、订单服务的队列和重试交换机，' +
      '消息队列一律返回 403：每个账号只能写自己的交换机（最小权限）。消费者还会核对 `userId` 与事件的生产者。',
  },
  task: {
    en: 'Change `isTrusted`: ten genuine messages complete their orders, five forged ones do not.',
    zh: '修改 `isTrusted`：十条真消息完成订单，五条伪造消息不生效。',
  },
};

export const labels = {
  genuine: { en: 'payments', zh: '真实支付' },
  attempts: { en: 'forged messages', zh: '伪造消息' },
  denied: { en: 'refused by the broker: 403', zh: '被消息队列拒绝（403）' },
  forged: { en: 'orders completed without a payment', zh: '没付钱就完成的订单' },
  refused: { en: 'paid orders that are not completed', zh: '已付款却没有完成的订单' },
};

export const advice = {
  forged: {
    en: 'A forged message has no valid `userId`. Compare `userId` with `paymentUser`; a missing one is not trusted.',
    zh: '伪造消息没有有效的 `userId`。请比较 `userId` 与 `paymentUser`；没有 `userId` 的不可信。',
  },
  refused: {
    en: 'A message of the payment service was refused. Its `userId` equals `paymentUser`: return true for it.',
    zh: '支付服务的消息被拒了。它的 `userId` 等于 `paymentUser`，应返回 true。',
  },
};
