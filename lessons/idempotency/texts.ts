import type { LessonTexts } from '../lesson.js';

export const texts: LessonTexts = {
  title: {
    en: 'Idempotency at both ends: double clicks and gateway timeouts (幂等)',
    zh: '幂等：重复提交与网关超时重试',
  },
  predict: {
    en:
      'A program charges three orders. The gateway charges the first attempt of each and never responds; the program tries ' +
      'again. After the first order, the program restarts and charges that order once more. How often is each customer charged?',
    zh:
      '程序为三笔订单扣款。每笔的第一次请求网关都已扣款，却没有响应，程序随即重试；第一笔之后程序重启，又对它扣了一次。' +
      '每位客户被扣几次？',
  },
  mistake: {
    en:
      'After a timeout only the gateway knows the outcome. An attempt with a new key is a new charge; an attempt ' +
      'with the same key returns the first outcome.',
    zh: '超时之后，结果只有网关知道。换一个幂等键就是一笔新的扣款；沿用同一个键，网关返回第一次的结果。',
  },
  ours: {
    en:
      'A customer clicks twice: both requests carry one Idempotency-Key and get the same order. The gateway authorizes and ' +
      'never responds; payment stores the operation with its key before it calls, and repeats the call under that key.',
    zh:
      '客户点了两下：两个请求带着同一个 Idempotency-Key，得到同一笔订单。网关授权后不响应：支付服务在调用之前先把操作和' +
      '幂等键落库，超时后用同一个键重试。',
  },
  task: {
    en: 'Change `charge` so that the gateway charges each order once, also after a restart of the program.',
    zh: '修改 `charge`，使网关对每笔订单只扣一次款，程序重启之后也一样。',
  },
};

export const labels = {
  orders: { en: 'orders', zh: '订单数' },
  requests: { en: 'requests of the customer', zh: '客户的请求数' },
  gatewayRequests: { en: 'requests to the gateway', zh: '发给网关的请求数' },
  doubled: { en: 'charges beyond the first', zh: '重复扣款（第一次之外）' },
  unpaid: { en: 'orders that were not charged', zh: '没有扣款的订单' },
  doubleOrders: { en: 'orders beyond the first', zh: '重复订单（第一笔之外）' },
};

export const advice = {
  doubled: {
    en:
      'An order was charged twice: two attempts had two keys. Derive the key from the order, so that every attempt has the ' +
      'same key, also after a restart that forgot a random one.',
    zh: '有订单扣了两次款：两次尝试用了两个键。幂等键由订单推导，每次尝试都相同，程序重启忘了随机数也不受影响。',
  },
  unpaid: (error: string) => ({
    en: `An order was not charged. Two orders need two keys. ${error && `The first error: ${error}`}`.trim(),
    zh: `有订单没有扣款。不同订单要用不同的键。${error && `第一个错误：${error}`}`,
  }),
};
