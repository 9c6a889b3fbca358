import type { LessonTexts } from '../lesson.js';

export const texts: LessonTexts = {
  title: {
    en: 'Message formats: a renamed member (消息格式与演进)',
    zh: '消息格式与演进：字段改名与版本兼容',
  },
  predict: {
    en:
      'The points program reads `data.total.amount`. Ten messages have version 1. Then the producer renames the member: ten ' +
      'messages have `data.totalAmount`. One message has an unknown version, one lacks its data. How many customers get a ' +
      'wrong number of points, and how many errors are there?',
    zh:
      '积分服务读取 `data.total.amount`。先来十条版本 1 的消息；随后生产者把字段改名，十条消息用 `data.totalAmount`；' +
      '另有一条版本未知，一条缺少数据。多少客户的积分算错？会报几个错？',
  },
  mistake: {
    en:
      'JSON has no schema: a member that is missing reads as undefined, and a default turns it into a wrong effect without ' +
      'an error.',
    zh: 'JSON 本身没有模式约束：缺少的字段读出来是 undefined，再加一个默认值，就成了不报错的错误结果。',
  },
  ours: {
    en:
      'A message with a renamed member reaches inventory and payment. Every event has a schema with a version; the consumer ' +
      'host checks it before the handler, and a message that does not fit becomes a dead letter with the reason. ' +
      '`npm run check:contracts` refuses the rename before it is deployed.',
    zh:
      '一条改了字段名的消息发给库存和支付。每种事件都有带版本的模式，消费框架先校验、后处理：不符合的消息进入死信，' +
      '并写明原因。`npm run check:contracts` 在部署之前就拒绝这种改名。',
  },
  task: {
    en: 'Change `readPoints`: both versions give the right points, every other message throws.',
    zh: '修改 `readPoints`：两个版本都算对积分，其他报文一律抛出错误。',
  },
};

export const labels = {
  messages: { en: 'messages', zh: '消息数' },
  errors: { en: 'errors: kept as dead letters', zh: '报错（保留为死信）' },
  wrong: { en: 'valid messages with wrong points', zh: '积分算错的有效消息' },
  swallowed: { en: 'invalid messages handled without an error', zh: '没有报错就处理掉的无效消息' },
  letters: { en: 'dead letters with the reason', zh: '写明原因的死信' },
  effects: { en: 'effects of the invalid message', zh: '无效消息产生的效果' },
};

export const advice = {
  wrong: (error: string) => ({
    en: `A valid message gave wrong points. Choose the members by \`type\`. ${error && `The first error: ${error}`}`.trim(),
    zh: `有效的消息算错了积分。请按 \`type\` 选择字段。${error && `第一个错误：${error}`}`,
  }),
  swallowed: {
    en: 'An invalid message was handled: its points are a guess. Throw for an unknown `type` and for a missing member.',
    zh: '无效的消息被处理掉了，积分只是猜的。版本未知或缺少字段时，请抛出错误。',
  },
};
