import type { LessonTexts } from '../lesson.js';

export const texts: LessonTexts = {
  title: {
    en: 'One queue or an exchange: point-to-point and publish/subscribe (点对点/发布订阅)',
    zh: '点对点还是发布/订阅：一个队列与一个交换机',
  },
  predict: {
    en:
      'Inventory runs as two processes, payment as one. “The order system puts orders on the order-processing queue; ' +
      'inventory and payment both subscribe to it.” Taken literally, all three processes consume one queue. Twenty orders ' +
      'arrive: how many does each service get?',
    zh:
      '库存服务有两个进程，支付服务有一个。“订单系统把订单放入订单处理队列，库存和支付都订阅它。”照字面实现，' +
      '三个进程消费同一个队列。来了二十笔订单，每个服务各收到几笔？',
  },
  mistake: {
    en:
      'A queue is point-to-point: each message goes to one of its consumers, and the broker cannot know that they belong ' +
      'to two services. Every order misses a service.',
    zh: '队列是点对点的：每条消息只交给其中一个消费者，消息队列并不知道它们属于两个服务。结果每笔订单都缺了一方的处理。',
  },
  ours: {
    en:
      'The order service publishes to the exchange `order.events`. Inventory and payment have queues of their own, bound to ' +
      'it: services get copies, and the replicas of one service share its partitions.',
    zh:
      '订单服务发布到交换机 `order.events`，库存和支付各有自己的队列绑定在上面：服务之间是发布/订阅，各得一份；' +
      '同一服务的副本之间是点对点，分担分区。',
  },
  task: {
    en: 'Change `chooseQueue` so that each service gets each of the twenty orders once.',
    zh: '修改 `chooseQueue`，使每个服务都收到全部二十笔订单，且各一次。',
  },
};

export const labels = {
  orders: { en: 'orders', zh: '订单数' },
  missed: {
    inventory: { en: 'orders that inventory did not get', zh: '库存没有收到的订单' },
    payment: { en: 'orders that payment did not get', zh: '支付没有收到的订单' },
  },
  doubled: { en: 'orders that a service got twice', zh: '同一服务收到两次的订单' },
};

export const advice = {
  missed: {
    en: 'Two services consume one queue, which gives each message to one of them. Each service needs a queue.',
    zh: '两个服务消费同一个队列，每条消息只有一方得到。每个服务要有自己的队列。',
  },
  doubled: {
    en: 'Two processes of one service have two queues, and each queue gets a copy. They must consume the same queue.',
    zh: '同一服务的两个进程各有一个队列，每个队列各得一份。它们应消费同一个队列。',
  },
};
