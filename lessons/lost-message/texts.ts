import type { LessonTexts } from '../lesson.js';

export const texts: LessonTexts = {
  title: {
    en: 'A message is lost: the dual write and the outbox (消息丢失)',
    zh: '消息丢失：双写问题与本地消息表（事务发件箱 Outbox）',
  },
  predict: {
    en:
      'A storefront stores ten orders in its database and publishes an event for each. The link to the broker is cut ' +
      'for orders 4 to 6, the process crashes in order 8, and the commit of order 9 fails. How many events are lost if ' +
      'the event is published after the commit? And before it?',
    zh:
      '下单服务先后把十笔订单写入数据库，并为每笔订单发布一条事件。第 4～6 笔时到消息队列的连接断开，第 8 笔时进程崩溃，' +
      '第 9 笔的数据库提交失败。先提交、后发消息，会丢几条消息？先发消息、后提交呢？',
  },
  mistake: {
    en:
      'Database and broker are two systems, and no order of the two writes is safe. After the commit, a failed publish ' +
      'loses the event. Before the commit, a failed commit leaves an event of an order that does not exist.',
    zh:
      '数据库和消息队列是两个系统，双写时无论先写哪个都不安全：先提交后发布，发布失败就丢消息；先发布后提交，' +
      '提交失败就留下一条没有订单的“幽灵消息”。',
  },
  ours: {
    en:
      'The order service writes the event to its outbox in the transaction of the order. The relay publishes the outbox ' +
      'with publisher confirms, and publishes again until the confirm arrives.',
    zh:
      '订单服务把事件写进本地消息表（outbox），与订单在同一个事务里提交；消息投递任务（relay）再逐条发布，' +
      '收到发布确认才标记，没收到就重发。连接断开期间照常接单。',
  },
  task: {
    en: 'Change `placeOrder` so that order and event exist together or not at all, under the same faults.',
    zh: '修改 `placeOrder`，使订单和事件在同样的故障下要么都存在，要么都不存在。',
  },
};

export const labels = {
  stored: { en: 'orders stored', zh: '已保存的订单' },
  published: { en: 'events in the queue', zh: '队列里的事件' },
  accepted: { en: 'orders accepted', zh: '已受理的订单' },
  delivered: { en: 'delivered to inventory and payment', zh: '库存和支付都已收到' },
  lost: { en: 'lost: orders without an event', zh: '丢失：有订单，没有事件' },
  ghosts: { en: 'ghosts: events without an order', zh: '幽灵消息：有事件，没有订单' },
  refused: { en: 'refused although the database was available', zh: '数据库可用却没有受理' },
};

export const advice = {
  lost: {
    en:
      'An order was committed and its event was not. Insert the event into `outbox` between the same BEGIN and COMMIT ' +
      'as the order, and let the relay publish it.',
    zh: '订单提交了，事件却没有。把事件插入 `outbox`，与订单放在同一对 BEGIN 和 COMMIT 之间，由 relay 发布。',
  },
  ghosts: {
    en:
      'An event was published, then the commit of its order failed. Do not call `publish` here: only the relay publishes, ' +
      'after the commit.',
    zh: '事件先发出去了，随后订单提交失败。这里不要调用 `publish`：只由 relay 在提交之后发布。',
  },
  refused: (error: string) => ({
    en: `An order failed although the database was available: ${error}. Accepting an order must not need the broker.`,
    zh: `数据库可用，订单却失败了：${error}。接单不应依赖消息队列。`,
  }),
};
