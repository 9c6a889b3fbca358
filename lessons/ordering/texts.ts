import type { LessonTexts } from '../lesson.js';

export const texts: LessonTexts = {
  title: {
    en: 'Ordering: partitions, and one global queue (顺序消费)',
    zh: '顺序消费：消息分区与全局有序',
  },
  predict: {
    en:
      'Forty orders publish three events each: placed, confirmed, completed. Four consumers read four queues and store the ' +
      'status of each order. Consumer 1 is the slowest. How many orders end with a wrong status if the queues take turns? ' +
      'And if there is one queue?',
    zh:
      '四十笔订单各发布三条事件：已下单、已确认、已完成。四个消费者各读一个队列，更新订单状态，其中一号消费者最慢。' +
      '若消息轮流进入四个队列，多少笔订单最后的状态是错的？若只用一个队列呢？',
  },
  mistake: {
    en:
      'A queue keeps its order, several queues do not: the events of one order in different queues are handled in any ' +
      'order. One global queue keeps every order, and three of four consumers have no work.',
    zh:
      '单个队列内有序，多个队列之间无序：同一笔订单的事件分散到不同队列，就可能乱序处理。' +
      '只用一个全局有序的队列虽然不乱，但四个消费者有三个闲着。',
  },
  ours: {
    en:
      'The shop places forty orders at the same time. The routing key contains the slot of the order id, each partition ' +
      'queue has a single active consumer, and the outbox publishes the events of one order in order.',
    zh:
      '本系统同时受理四十笔订单。路由键里带有订单号的槽位，同一订单总进同一分区；每个分区队列只有一个活动消费者' +
      '（single active consumer）；发件箱按订单顺序发布。',
  },
  task: {
    en: 'Change `choosePartition`: every order ends as completed, and all four consumers work.',
    zh: '修改 `choosePartition`：每笔订单最后的状态都是“已完成”，四个消费者都有消息可处理。',
  },
};

export const labels = {
  events: { en: 'events', zh: '事件数' },
  partitions: { en: 'partitions', zh: '分区数' },
  outOfOrder: {
    en: 'out of order: events after a later one of their order',
    zh: '乱序（晚于同一订单后续事件的事件）',
  },
  wrong: { en: 'orders with a wrong last status', zh: '最后状态错误的订单' },
  idle: { en: 'idle: consumers without a message', zh: '闲置（没有消息的消费者）' },
};

export const advice = {
  wrong: {
    en:
      'Two events of one order were in different partitions. Compute the partition from `orderId` alone, for example ' +
      '`crc32(orderId) % partitions` with `crc32` of node:zlib.',
    zh: '同一笔订单的事件进了不同的分区。只用 `orderId` 计算分区，例如 node:zlib 的 `crc32(orderId) % partitions`。',
  },
  idle: {
    en: 'Order is kept, and a consumer has no work: the partition must depend on the order, so that orders spread.',
    zh: '顺序没乱，但有消费者闲着：分区应随订单而变，把不同订单分散开。',
  },
};
