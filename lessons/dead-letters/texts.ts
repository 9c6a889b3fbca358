import type { LessonTexts } from '../lesson.js';

export const texts: LessonTexts = {
  title: {
    en: 'A poison message: dead letters and replay (死信队列)',
    zh: '死信队列：毒消息、重新入队与死信重放',
  },
  predict: {
    en:
      'Twenty messages wait for the points program. Message 10 is truncated and can never be read. During message 5 the ' +
      'database is unavailable for a moment. Which messages are lost if every failed message is rejected? And if every ' +
      'failed message is requeued?',
    zh:
      '积分服务有二十条待处理的消息。第 10 条报文被截断，永远无法解析（毒消息）；处理第 5 条时数据库暂时不可用。' +
      '失败的消息一律拒绝（reject），会丢哪些？一律重新入队（requeue）呢？',
  },
  mistake: {
    en:
      'Without a dead-letter exchange, a rejected message is deleted, also one that a retry would have handled. A requeued ' +
      'poison message returns to the head of the queue, and every later message waits behind it.',
    zh:
      '没有死信交换机时，被拒绝的消息直接删除，连重试一次就能成功的也一并丢掉。毒消息重新入队则回到队头，' +
      '消费者反复处理它，后面的消息全部堵住。',
  },
  ours: {
    en:
      'The shop receives twenty orders with a truncated message in the middle. Inventory and payment store it as a dead ' +
      'letter with bytes, reason and attempts, and continue. A failed message is retried through delay queues first. An ' +
      'operator corrects and replays a dead letter under the same message id.',
    zh:
      '本系统收到二十笔订单，中间夹着一条截断的消息。库存和支付把它存为死信，保留原始字节、原因和尝试次数，随即处理下一条。' +
      '可重试的失败先经过延迟队列。运维人员可以修正死信，并以原消息 id 重放。',
  },
  task: {
    en: 'Change `queueOptions` and `receive`: message 5 is credited, message 10 is kept as a dead letter, no message waits.',
    zh: '修改 `queueOptions` 和 `receive`：第 5 条加上积分，第 10 条进入死信队列，其余消息不被堵住。',
  },
};

export const labels = {
  credited: { en: 'messages credited', zh: '已加积分的消息' },
  completed: { en: 'orders completed', zh: '已完成的订单' },
  kept: { en: 'dead letters kept', zh: '保留的死信' },
  lost: { en: 'lost: neither handled nor kept', zh: '丢失（没有处理，也没有保留）' },
  blocked: { en: 'blocked: valid messages behind the poison message', zh: '堵塞（毒消息后面的有效消息）' },
  misplaced: { en: 'dead letters that a retry would have handled', zh: '本可重试成功的死信' },
};

export const advice = {
  lost: {
    en:
      'A rejected message was deleted. Declare the queue with `deadLetterExchange: "lesson.direct"` and ' +
      '`deadLetterRoutingKey: DEAD_LETTERS`.',
    zh: '有被拒绝的消息被直接删除。声明队列时加上 `deadLetterExchange: "lesson.direct"` 和 `deadLetterRoutingKey: DEAD_LETTERS`。',
  },
  blocked: {
    en: 'The poison message returns to the head of its queue again and again. Reject a SyntaxError instead of requeuing it.',
    zh: '毒消息反复回到队头。遇到 SyntaxError 应拒绝（reject），而不是重新入队。',
  },
  misplaced: {
    en: 'Message 5 is valid and failed only because the database was unavailable. Requeue it: a retry handles it.',
    zh: '第 5 条消息本身有效，只是数据库暂时不可用。应重新入队，重试即可成功。',
  },
};
