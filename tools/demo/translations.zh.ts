import type { Translations } from './translations.en.js';

/** 演示的中文文案；结构与 `translations.en.ts` 相同。 */
export const zh: Translations = {
  usage: `npm run demo -- [--lang en|zh] [--keep] [--yes]

在本机启动 PostgreSQL、RabbitMQ 和整个系统，用真实订单依次演示十一个步骤，逐条核对每个承诺，最后停止全部进程。

  --lang en|zh   语言；默认由区域设置决定（LC_ALL、LC_MESSAGES、LANG）
  --keep         最后一步之后保持运行，并列出可以尝试的命令，按 Ctrl-C 结束
  --yes, -y      缺少 RabbitMQ 且可以安装时，不询问直接安装
  --help, -h     显示本帮助

  设置 POSTGRES_URL、RABBITMQ_URL（以及 RABBITMQ_MANAGEMENT_URL）即可使用已在运行的实例。
  演示在其中创建的数据库、虚拟主机和用户都带有专用前缀，结束时删除。

退出码：承诺全部兑现为 0，有未兑现的为 1，参数有误为 2。`,
  invalidArgument: (argument) => `未知参数 ${argument}；可用参数：--lang en|zh、--keep、--yes、--help`,

  opening: '订单、库存、支付：只通过 RabbitMQ 协作的三个服务',
  about:
    '客户通过 REST 下单。订单服务保存订单，并把它放入订单处理队列；库存服务和支付服务都订阅该队列，并行处理订单，' +
    '再返回处理结果。下面的数据全部取自正在运行的系统。',
  startingServers: '正在启动 PostgreSQL 和 RabbitMQ',
  startingServices: '正在创建交换机、队列和数据表，并启动各服务',
  running: (name, url, pid) => `${name}，${url}，进程 ${pid}`,
  ready: (seconds) => `全部服务就绪，用时 ${seconds} 秒。`,
  console: (link) => `在浏览器里实时观察（链接只能用一次）：${link}`,
  stopping: '正在停止全部进程',
  stopped: '全部进程已停止。',
  failed: (message) => `演示失败：${message}`,
  lastLines: (name) => `${name} 最后的日志：`,

  awaitingEnd: '等待处理结果',
  before: '之前',
  after: '之后',
  trace: {
    clock: '从订单服务开始保存订单算起',
    markedPublished: (ms) => `标记已发布 ${ms}`,
    marking: '收到发布确认之后才标记已发布，因此收件箱的时间可能更早',
    inbox: (ms) => `收件箱 ${ms}`,
    announced: '仅作通知，没有服务订阅',
  },
  columns: {
    order: '订单',
    items: '商品',
    status: '状态',
    stock: '库存',
    payment: '支付',
    total: '金额（元）',
    trigger: '触发',
    available: '可用',
    held: '预占',
    deducted: '已扣减',
    ledger: '网关账本',
  },

  steps: {
    completing: {
      title: '一笔订单的完整流程',
      why:
        '订单服务受理订单，立即返回 202，后续工作全部由消息驱动：每条消息与业务变更在同一个事务里写入生产者的发件箱（Outbox），' +
        '发布时等待 RabbitMQ 的发布确认，再由每个订阅者经收件箱处理。服务之间从不直接调用。',
      responded: (ms) => `${ms} 毫秒后响应`,
      order: (id) => `订单    ${id}`,
      correlation: (id) => `关联 ID ${id}`,
      completed: (total) => `订单已完成，金额 ${total} 元`,
      charged: '网关恰好扣款一次，金额一致',
      delivered: (messages) => `${messages} 条消息全部发布，并且每个订阅者的收件箱里都有`,
      correlated: '所有消息的关联 ID 相同',
    },
    outOfStock: {
      title: '缺货的订单被取消',
      why: '月饼礼盒已经售罄。库存和支付并行处理同一笔订单，所以可能先授权成功、后发现缺货；这时撤销授权，没有库存就绝不扣款。',
      level: (sku, available) => `${sku}：可用 ${available}`,
      cancelled: '订单已取消，原因 out_of_stock',
      notCharged: '没有扣款',
    },
    declined: {
      title: '支付被拒，释放预占的库存',
      why: '支付服务向网关请求授权，网关拒绝；支付服务记录状态并返回处理结果。库存服务已经预占的库存随即释放。',
      cancelled: '订单已取消，原因 payment_declined',
      refused: '网关只收到一次请求，并拒绝了它',
      released: '库存与下单前一致',
    },
    placedTwice: {
      title: '重复提交返回同一笔订单',
      why:
        '连接断开的客户端不知道订单是否已被受理，于是用同一个 Idempotency-Key 重发：得到的是同一笔订单、同样的响应。' +
        '同一个键配上不同的内容，则是客户端错误。',
      sameResponse: '两次的响应逐字节相同',
      oneOrder: '只有一笔订单',
      refused: '同一个键配不同内容，返回 422',
    },
    decoupling: {
      title: '解耦：库存服务宕机，照常受理订单',
      why: '受理订单不依赖任何下游服务，支付授权也不依赖库存。发给库存服务的消息留在它的队列里，直到它恢复。',
      killed: (pid) => `库存服务（进程 ${pid}）已被 SIGKILL 终止`,
      awaitingPayment: '库存服务不可用，等待支付授权',
      waiting: (messages, consumers) =>
        `inventory.order-processing.0 ～ .3：积压 ${messages} 条消息，消费者 ${consumers} 个`,
      accepted: '没有库存服务，三笔订单照样受理，支付也已授权',
      starting: '重新启动库存服务',
      started: (pid) => `库存服务已恢复（进程 ${pid}）`,
      completed: '三笔订单全部完成',
    },
    deliveredFiveTimes: {
      title: '幂等扣减：同一条消息投递五次，只生效一次',
      why:
        'RabbitMQ 保证至少投递一次，所以会重复投递。这一步把触发预占的那条消息再发布四次，ID 和内容逐字节相同，' +
        '其中两次并发。消息 ID 已记入收件箱，只有第一次投递生效（消费幂等）。',
      rows: '行数',
      delivered: 'order.placed 在 order.confirmed 之前发布了五次，逐字节相同',
      claimedOnce: '收件箱里只有一行',
      deductedOnce: '库存只减少一件',
    },
    peakShaving: {
      title: '削峰填谷：秒杀订单排队处理，不被拒绝',
      why: '六百位客户同一时刻抢购手机，支付网关又不快。订单来多快就受理多快，峰值由队列承接，各服务按自己的速率消化消息积压。',
      selling: (orders) => `${orders} 笔订单同时涌入`,
      progress: (accepted, queued, atGateway, ended) =>
        `已受理 ${accepted}，队列中 ${queued}，等待网关 ${atGateway}，已结束 ${ended}`,
      interval: (ms) => `每 ${ms} 毫秒采样`,
      max: '峰值',
      queued: '订单处理队列中',
      atGateway: '等待支付网关',
      ended: '已结束',
      throughput: (orders, accepted, ended) =>
        `${orders} 笔订单在 ${accepted} 秒内全部受理，${ended} 秒时全部处理完毕`,
      outcome: (completed, cancelled) => `完成 ${completed} 笔，取消 ${cancelled} 笔`,
      accepted: '每笔订单都返回 202',
      notOversold: (phones, each, buyers) =>
        `${phones} 部手机，每单 ${each} 部：恰好完成 ${buyers} 单，没有超卖`,
    },
    cancelled: {
      title: '取消已完成的订单：退款并回补库存',
      why: '客户在订单完成后取消。订单流程执行补偿：支付服务退还已扣的款，库存服务把已扣减的库存加回去。',
      sold: '完成后',
      cancelled: '订单先是已完成，现在是已取消',
      refunded: '退款等于扣款',
      restocked: '库存已回补',
    },
    brokerUnavailable: {
      title: 'RabbitMQ 不可用，照常受理订单',
      why: '受理订单只是订单服务数据库里的一个事务，不需要 RabbitMQ。RabbitMQ 不可用时，消息留在发件箱里；已受理的订单不会丢失。',
      cut: '各服务到 RabbitMQ 的连接已切断',
      placing: '正在下单',
      progress: (orders, waiting) => `已受理 ${orders} 笔，发件箱待发 ${waiting} 条`,
      accepted: (orders, slowest) => `${orders} 次 POST /orders → 202，最慢的一次 ${slowest} 毫秒`,
      outbox: (waiting) => `order.outbox：${waiting} 条消息的 published_at 为 NULL`,
      allAccepted: '订单全部受理，消息全部在发件箱里',
      restored: '连接已恢复',
      completed: '订单全部完成，发件箱里没有未发布的消息',
    },
    poisonMessage: {
      title: '一条毒消息，不影响二十笔订单',
      why:
        '一条被截断的消息夹在正常消息中间。它不能丢失，不能阻塞后面的消息，也不能无限重试：它成为死信，' +
        '保留原始字节、原因和尝试次数。',
      sent: (exchange, routingKey, bytes) =>
        `把一条消息的前半截（${bytes} 字节）发布到 ${exchange}，路由键 ${routingKey}`,
      cause: '原因',
      attempts: '尝试',
      bytes: '字节',
      completed: (completed, orders) => `${orders} 笔订单完成了 ${completed} 笔`,
      deadLettered: '两个订阅者各存了一条死信，原始字节和原因都在',
    },
    closing: {
      title: '账目核对：所有记录一致',
      why: '本次演示的全部订单，以及审计：一个程序读取三个数据库、所有队列和网关账本，互相核对。',
      awaitingIdle: '等待系统空闲',
      idle: '系统空闲：没有处理中的订单、消息或网关操作',
      auditing: '正在审计',
      unchecked: '未检查：',
      grouped: (orders) => `${orders} 笔`,
    },
  },

  summary: (kept, checked, orders, seconds) =>
    `${checked} 条承诺兑现了 ${kept} 条，共 ${orders} 笔订单，用时 ${seconds} 秒。`,
  readNext: [
    '接下来可以读：',
    '  docs/explanation/architecture.zh-CN.md  系统架构与设计理由',
    '  docs/explanation/guarantees.zh-CN.md    每一条保证，以及证明它的测试',
    '  apps/order/src                          一个完整的服务，从请求到发件箱',
    '  tools/demo/steps                        本次演示的各个步骤，每步一个小文件',
  ],
  tryKeepRunning: '  npm run demo -- --keep                  演示后保持运行，并列出可以尝试的命令',
  keepRunning: {
    title: '系统正在运行，可以尝试：',
    place: '下单（用同一个键再发一次，仍是同一笔订单）',
    watch: '实时跟踪这笔订单（把 ID 换成响应里的 id）',
    cancel: '取消订单，已完成的也可以',
    freeze: '冻结库存服务，下几单，再恢复运行',
    decline: '让支付网关拒绝授权，再恢复正常',
    stock: '库存水位，以及网关账本',
    docs: '各服务的 API 文档，可在浏览器里直接调用',
    broker: (url, user, password, vhost) =>
      `RabbitMQ：${url}  （用户 ${user}，密码 ${password}，虚拟主机 ${vhost}）`,
    databases: '数据库',
    logs: (folder) => `日志：${folder}`,
    stop: '按 Ctrl-C 停止全部进程。',
  },
};
