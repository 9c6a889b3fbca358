import type { Transition } from '../../tools/client/api-types.js';

export interface BannerOptions {
  /** As they are reached from the machine that Docker runs on: `http://127.0.0.1:3000`. */
  readonly order: string;
  readonly inventory: string;
  readonly payment: string;
  readonly gateway: string;
  readonly management: string;
  readonly orderId: string;
  /** What became of the first order, where it was placed just now. */
  readonly steps: readonly Transition[];
}

/** Where to look and what to type, in both languages. Each command needs a shell and curl, and nothing else. */
export function renderBanner(at: BannerOptions): string {
  const { order, inventory, payment, gateway, management, orderId, steps } = at;
  return [
    '',
    RULE,
    ...(steps.length > 0 ? ['The first order · 第一笔订单', '', ...formatSteps(steps), ''] : []),
    'The shop is open. Place an order · 店已开张，下一单试试：',
    '',
    `  curl -i ${order}/orders -H 'content-type: application/json' \\`,
    `    -H "idempotency-key: order-$(date +%s)" -d '{"lines":[{"sku":"TEA-LONGJING-100G","quantity":2}],"paymentToken":"tok_visa"}'`,
    '',
    'See what became of it · 看它的结果：',
    '',
    `  curl ${order}/orders?limit=1`,
    `  curl -N ${order}/orders/${orderId}/events`,
    `  curl ${inventory}/stock/TEA-LONGJING-100G`,
    `  curl ${payment}/payments/${orderId}`,
    '',
    'Where to look · 在哪里看：',
    '',
    `  ${order}/docs  ${inventory}/docs  ${payment}/docs  ${gateway}/docs`,
    `  ${management}   RabbitMQ; user and password · 用户名和密码:  docker-compose run --rm ops credentials`,
    '',
    'More to type · 更多命令：',
    '',
    '  docker-compose run --rm audit --wait 60s    every promise, checked · 逐条核对每个承诺',
    '  docker-compose run --rm ops --help          what an operator does · 运维命令',
    '  docker-compose up -d --scale inventory=3    more replicas · 更多副本',
    '  docker-compose down                         stop, keep the data (-v: delete it) · 停止并保留数据（-v 则删除）',
    '  docker-compose logs welcome                 this page again · 再看一次本页',
    RULE,
  ].join('\n');
}

const RULE = '═'.repeat(100);

function formatSteps(steps: readonly Transition[]): string[] {
  const begin = new Date(steps[0]?.at ?? 0).getTime();
  return steps.map(({ trigger, to, stock, payment, at }) => {
    const after = `${new Date(at).getTime() - begin} ms`.padStart(8);
    return `  ${after}  ${to.padEnd(10)} ${trigger.padEnd(20)} stock 库存: ${stock.padEnd(10)} payment 支付: ${payment}`;
  });
}
