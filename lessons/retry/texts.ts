import type { LessonTexts } from '../lesson.js';

export const texts: LessonTexts = {
  title: {
    en: 'Retry without harm: requeue loop and delay queues (消息重试)',
    zh: '消息重试：重新入队死循环与延迟队列',
  },
  predict: {
    en:
      'Ten messages wait for the points program. Message 3 fails three times and then succeeds; message 7 fails always. A ' +
      'failed message is requeued. How often is message 7 delivered before message 8 has its turn?',
    zh:
      '积分服务有十条待处理的消息。第 3 条要失败三次，之后才成功；第 7 条永远失败。失败就重新入队（requeue）。' +
      '轮到第 8 条之前，第 7 条会被投递多少次？',
  },
  mistake: {
    en:
      'A requeued message is delivered again at once. No pause lets the cause pass, nothing counts the attempts, and the ' +
      'loop takes a whole processor of the consumer and of the broker.',
    zh: '重新入队的消息立刻又被投递：没有间隔等故障过去，也没有尝试次数。死循环占满消费者和消息队列的 CPU。',
  },
  ours: {
    en:
      'Inventory cannot store the reservation of one of ten orders. The consumer host publishes its message to a delay ' +
      'queue of 1 s, then 5 s, 30 s and 2 min, and acknowledges the delivery: nine orders do not wait. The database ' +
      'accepts the row after the first failure, and every order completes. After five attempts a message is a dead letter.',
    zh:
      '十笔订单中有一笔，库存存不了预占记录。消费框架把这条消息发到 1 秒、5 秒、30 秒、2 分钟的延迟队列，随即确认原消息，' +
      '其余九笔不受影响。首次失败之后数据库接受该行，订单全部完成。尝试五次仍失败则进入死信队列。',
  },
  task: {
    en: 'Change `delayQueueOptions` and `receive`: no message is delivered more than five times, message 3 is credited.',
    zh: '修改 `delayQueueOptions` 和 `receive`：每条消息最多投递五次，第 3 条最终加上积分，第 7 条进入死信队列。',
  },
};

export const labels = {
  credited: { en: 'messages credited', zh: '已加积分的消息' },
  kept: { en: 'dead letters kept', zh: '保留的死信' },
  completed: { en: 'orders completed', zh: '已完成的订单' },
  attempts: { en: 'attempts of the failing message', zh: '失败消息的尝试次数' },
  excess: { en: 'deliveries beyond five attempts', zh: '超过五次的多余投递' },
  blocked: { en: 'valid messages that still wait', zh: '仍被堵住的有效消息' },
  gaveUp: { en: 'dead letters that a retry would have handled', zh: '本可重试成功的死信' },
  lost: { en: 'lost: neither handled nor kept', zh: '丢失（没有处理，也没有保留）' },
  stuck: { en: 'messages that never leave the delay queue', zh: '一直留在延迟队列里的消息' },
};

export const advice = {
  excess: {
    en: 'A message is delivered again and again. Count with `attempt`, and `reject` after `ATTEMPTS_MAX` attempts.',
    zh: '有消息反复投递。请用 `attempt` 计数，达到 `ATTEMPTS_MAX` 次后 `reject`。',
  },
  blocked: {
    en: 'Valid messages wait behind a failing one. Use `retryLater` and `ack` instead of `requeue`.',
    zh: '有效消息堵在失败消息后面。请用 `retryLater` 加 `ack` 代替 `requeue`。',
  },
  gaveUp: {
    en: 'Message 3 succeeds in its fourth attempt. Call `retryLater` before the last attempt, not `reject`.',
    zh: '第 3 条第四次尝试就会成功。未到最后一次时请用 `retryLater`，不要 `reject`。',
  },
  lost: {
    en: 'A failed message was acknowledged without a copy. Await `retryLater` before `ack`.',
    zh: '失败的消息没有留副本就被确认了。请先 `await retryLater()`，再 `ack`。',
  },
  stuck: {
    en: 'The delay queue keeps its messages. It needs `messageTtl: 300` and `deadLetterRoutingKey: "lesson.points"`.',
    zh: '消息一直留在延迟队列。它需要 `messageTtl: 300` 和 `deadLetterRoutingKey: "lesson.points"`。',
  },
};
