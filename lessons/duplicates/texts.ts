import type { LessonTexts } from '../lesson.js';

export const texts: LessonTexts = {
  title: {
    en: 'A message is delivered twice: idempotency and the inbox (重复消费)',
    zh: '重复消费：幂等与收件箱（去重表 inbox）',
  },
  predict: {
    en:
      'A points program subscribes to completed orders and credits one point for each. The event of one order is ' +
      'delivered five times: RabbitMQ promises at least once. How many points does the customer get?',
    zh:
      '积分服务订阅“订单已完成”事件，每笔订单加一分。RabbitMQ 只保证至少一次投递，于是同一笔订单的事件被投递了五次。' +
      '客户得到几分？',
  },
  mistake: {
    en:
      'The program cannot tell a second delivery from a second order. The broker cannot either: a lost acknowledgement ' +
      'and a slow consumer look the same to it, so it delivers again.',
    zh:
      '程序分不清“同一条消息的第二次投递”和“第二笔订单”。消息队列也分不清：确认丢失和消费缓慢在它看来一样，只能重投。' +
      '所以去重必须由消费者来做。',
  },
  ours: {
    en:
      'The shop publishes the message that makes inventory hold stock five times, byte for byte. Inventory inserts the ' +
      'message id into its inbox in the transaction of the reservation: a second delivery claims no row and has no effect.',
    zh:
      '本系统把“预占库存”的那条消息逐字节重复发布，共五次。库存服务在预占的同一个事务里把消息 id 写入收件箱：' +
      '第二次投递写不进去，也就没有任何效果。',
  },
  task: {
    en: 'Change `receive` so that every message id credits one point, also after a kill between any two lines.',
    zh: '修改 `receive`，使每个消息 id 只加一分，进程在任意两行之间被 kill -9 也不例外。',
  },
};

export const labels = {
  deliveries: { en: 'deliveries', zh: '投递次数' },
  messages: { en: 'messages', zh: '消息数' },
  credits: { en: 'points credited', zh: '加的积分' },
  deducted: { en: 'units deducted', zh: '扣减的件数' },
  doubled: { en: 'doubled: effects beyond the first', zh: '重复（第一次之外的效果）' },
  lost: { en: 'lost: messages without an effect', zh: '丢失（没有效果的消息）' },
  unacknowledged: { en: 'never acknowledged', zh: '始终没有确认（ack）' },
};

export const advice = {
  doubled: {
    en:
      'A message had two effects. Memory is lost at a restart, so remember message ids in the table `inbox`, in the ' +
      'transaction of the credit; a claim that inserts no row means the message was handled before.',
    zh:
      '有消息产生了两次效果。内存在重启后就没了：请把消息 id 写进 `inbox` 表，与加积分放在同一个事务里；' +
      '写不进去（冲突）说明已经处理过。',
  },
  lost: (error: string) => ({
    en:
      'A message id was stored and its point was not: the process was killed between two statements. Put both between ' +
      `one BEGIN and COMMIT.${error && ` The first error: ${error}`}`,
    zh:
      '消息 id 已写入，积分却没有加：进程在两条语句之间被杀。请把两条语句放进同一对 BEGIN 和 COMMIT。' +
      (error && `第一个错误：${error}`),
  }),
  unacknowledged: {
    en: 'A delivery was not acknowledged. Call `ack` also when the message was handled before, or it is delivered forever.',
    zh: '有一次投递没有确认。已处理过的消息也要 `ack`，否则它会一直被重投。',
  },
};
