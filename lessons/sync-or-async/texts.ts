import type { LessonTexts } from '../lesson.js';

export const texts: LessonTexts = {
  title: {
    en: 'Why a queue: synchronous calls or messages (同步还是异步、解耦)',
    zh: '为什么用消息队列：同步调用还是异步解耦',
  },
  predict: {
    en:
      'An order calls inventory and the payment gateway over HTTP while the customer waits. The gateway needs 3 s. Three ' +
      'customers order; then inventory is killed, and three more order. How many wait, and how many get an error?',
    zh:
      '下单时同步调用库存和支付网关，客户一直等到全部返回。网关需要 3 秒。三位客户下单；随后库存服务被杀，又有三位客户下单。' +
      '几位客户要等网关？几位下单失败？',
  },
  mistake: {
    en:
      'A synchronous chain is as slow as its slowest service, and as available as all of them together: three services of ' +
      '99.9 % each fail three times as often as one.',
    zh: '同步调用链与最慢的服务一样慢；可用性是各服务可用性的乘积：三个 99.9 % 的服务串联，故障时间约为单个的三倍。',
  },
  ours: {
    en:
      'The order service stores the order, answers 202 and publishes an event. Slow gateway and killed inventory delay the ' +
      'completion of the order, not its acceptance; its messages wait in the queue of inventory.',
    zh:
      '订单服务保存订单后立即返回 202，并发布事件。网关变慢、库存服务被杀，只推迟订单的完成，不影响接单；' +
      '消息留在库存的队列里，等它恢复后再处理。',
  },
  task: {
    en: 'Change `placeOrder` and `handleOrder`: no customer waits for the gateway, none is refused, every order is paid for.',
    zh: '修改 `placeOrder` 和 `handleOrder`：没有客户等待网关，没有客户被拒，每笔订单都完成支付授权。',
  },
};

export const labels = {
  orders: { en: 'orders', zh: '订单数' },
  slowest: { en: 'ms, the slowest response', zh: '毫秒：最慢的响应' },
  waited: { en: 'customers who waited for the gateway', zh: '等待网关的客户' },
  refused: { en: 'customers refused: inventory was down', zh: '下单失败的客户（库存不可用）' },
  unpaid: { en: 'accepted orders that were never paid for', zh: '已受理却始终没有授权的订单' },
};

export const advice = {
  waited: {
    en: 'A customer waited for the gateway. `placeOrder` must only `await enqueue(order)`; `handleOrder` calls the services.',
    zh: '有客户在等网关。`placeOrder` 只应 `await enqueue(order)`，由 `handleOrder` 调用各服务。',
  },
  refused: (error: string) => ({
    en: `A customer was refused: ${error}. Accepting an order must not need another service.`,
    zh: `有客户下单失败：${error}。接单不应依赖其他服务。`,
  }),
  unpaid: {
    en:
      'An order was accepted and its work was lost. A call that is not awaited is lost with its error; an order on the ' +
      'queue is not. Let `handleOrder` reject while a service is unavailable: the order returns to the queue.',
    zh:
      '有订单受理了，后续工作却丢了。不等待的调用一出错就丢失，放进队列的订单不会。' +
      '服务不可用时让 `handleOrder` 抛出错误，订单会回到队列。',
  },
};
