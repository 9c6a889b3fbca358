import type { Transition } from '../../tools/client/api-types.js';

export interface BannerOptions {
  /** URLs from the Docker host: `http://127.0.0.1:3000`. Required. */
  readonly order: string;
  readonly inventory: string;
  readonly payment: string;
  readonly gateway: string;
  readonly management: string;
  /** The one-time link of the console; undefined when the console has not responded. */
  readonly consoleLink?: string | undefined;
  readonly orderId: string;
  /** Of `alice`, with the scopes `shop`, `support` and `stock`. Required. */
  readonly token: string;
  /** The transitions of the first order; empty if it was placed at an earlier start. Required. */
  readonly steps: readonly Transition[];
}

/** Renders addresses and commands to try, in both languages. The commands need only a shell and curl. */
export function renderBanner(at: BannerOptions): string {
  const { order, inventory, payment, gateway, management, consoleLink, orderId, token, steps } = at;
  return [
    '',
    RULE,
    ...(steps.length > 0 ? ['The first order · 第一笔订单', '', ...formatSteps(steps), ''] : []),
    ...formatConsole(consoleLink),
    'The shop is ready. Place an order · 系统已就绪，下一单试试：',
    '',
    `  TOKEN=${token}`,
    `  curl -i ${order}/orders -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\`,
    `    -H "idempotency-key: order-$(date +%s)" -d '{"lines":[{"sku":"TEA-LONGJING-100G","quantity":2}],"paymentToken":"tok_visa"}'`,
    '',
    'See its outcome · 查看处理结果：',
    '',
    `  curl -H "authorization: Bearer $TOKEN" ${order}/orders?limit=1`,
    `  curl -H "authorization: Bearer $TOKEN" -N ${order}/orders/${orderId}/events`,
    `  curl -H "authorization: Bearer $TOKEN" ${inventory}/stock/TEA-LONGJING-100G`,
    `  curl -H "authorization: Bearer $TOKEN" ${payment}/payments/${orderId}`,
    '',
    'API documentation and management UI · API 文档与管理界面：',
    '',
    `  ${order}/docs  ${inventory}/docs  ${payment}/docs  ${gateway}/docs`,
    `  ${management}   RabbitMQ; user and password · 用户名和密码:  docker compose run --rm ops credentials`,
    '',
    'More commands · 更多命令：',
    '',
    '  docker compose run --rm ops token bob       a token of another customer, 12 h · 另一位顾客的令牌，有效 12 小时',
    '  docker compose run --rm audit --wait 60s    check every invariant · 逐条核对不变式',
    '  docker compose run --rm ops --help          operator commands · 运维命令',
    '  docker compose up -d --scale inventory=3    more replicas · 更多副本',
    '  docker compose down                         stop, keep the data (-v: delete it) · 停止并保留数据（-v 则删除）',
    '  docker compose logs welcome                 print this text again · 再看一次本页',
    RULE,
  ].join('\n');
}

function formatConsole(link: string | undefined): string[] {
  if (link === undefined) return [];
  return [
    'See it live, with a link that works once · 在浏览器里实时观察（链接只能用一次）：',
    '',
    `  ${link}`,
    '',
  ];
}

const RULE = '═'.repeat(100);

function formatSteps(steps: readonly Transition[]): string[] {
  const begin = new Date(steps[0]?.at ?? 0).getTime();
  return steps.map(({ trigger, to, stock, payment, at }) => {
    const after = `${new Date(at).getTime() - begin} ms`.padStart(8);
    return `  ${after}  ${to.padEnd(10)} ${trigger.padEnd(20)} stock 库存: ${stock.padEnd(10)} payment 支付: ${payment}`;
  });
}
