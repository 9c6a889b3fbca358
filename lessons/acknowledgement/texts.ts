import type { LessonTexts } from '../lesson.js';

export const texts: LessonTexts = {
  title: {
    en: 'When to acknowledge: before or after the effect (消费确认 ack)',
    zh: '消费确认（ack）的时机：先确认还是先处理',
  },
  predict: {
    en:
      'The points program handles ten messages. The database refuses one statement in message 2; the process is killed ' +
      'before the statement of message 4, after the statement of message 6, and before the acknowledgement of message 8. ' +
      'How many points are lost if the program acknowledges first?',
    zh:
      '积分服务处理十条消息。第 2 条时数据库报错一次；第 4 条在写库之前、第 6 条在写库之后、第 8 条在确认之前，' +
      '进程被 kill -9。若收到消息先确认再处理，会丢几分？',
  },
  mistake: {
    en:
      'The broker deletes a message at its acknowledgement. Acknowledged first, the message has no second chance when the ' +
      'process ends or the database fails before the effect.',
    zh: '消息一经确认，消息队列就把它删除。先确认后处理，进程在处理之前被杀或数据库报错，这条消息再也不会投递。',
  },
  ours: {
    en:
      'Inventory is killed at a failpoint after the commit of a batch and before its acknowledgement. The consumer host ' +
      'acknowledges after the commit: the broker delivers the batch again, and the inbox recognises the messages whose ' +
      'effect exists.',
    zh:
      '库存服务在批次提交之后、确认之前的故障点被 kill -9。消费框架在提交之后才确认：消息队列重新投递这一批，' +
      '收件箱认出已经生效的消息，不会重复扣减。',
  },
  task: {
    en: 'Change `receive` so that no point is lost under the same faults.',
    zh: '修改 `receive`，使同样的故障下一分也不丢。',
  },
};

export const labels = {
  messages: { en: 'messages', zh: '消息数' },
  deliveries: { en: 'deliveries', zh: '投递次数' },
  kills: { en: 'kills of inventory', zh: '库存服务被杀次数' },
  ordered: { en: 'units ordered', zh: '订购的件数' },
  deducted: { en: 'units deducted', zh: '扣减的件数' },
  lost: { en: 'lost: messages without an effect', zh: '丢失（没有效果的消息）' },
  doubled: { en: 'doubled: effects beyond the first', zh: '重复（第一次之外的效果）' },
  unacknowledged: { en: 'never acknowledged', zh: '始终没有确认（ack）' },
};

export const advice = {
  lost: {
    en:
      'A message was acknowledged and has no effect. Await the statement, then acknowledge; never acknowledge in `finally` ' +
      'or in `catch`.',
    zh: '有消息已确认却没有效果。先等语句完成（await），再确认；不要在 `finally` 或 `catch` 里确认。',
  },
  unacknowledged: {
    en: 'A delivery was handled and not acknowledged: the broker delivers it again at the next start. Call `ack` at the end.',
    zh: '有消息处理完却没有确认，下次启动时会再次投递。处理完请调用 `ack`。',
  },
};
