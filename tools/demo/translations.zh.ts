import type { Translations } from './translations.en.js';

/** 演示的中文文案；结构与 `texts.en.ts` 相同。 */
export const zh: Translations = {
  usage: `npm run demo -- [--lang en|zh] [--keep] [--yes]

在本机启动 PostgreSQL、RabbitMQ 和整个平台，把一笔订单的故事从头演一遍，逐条核对每个承诺，最后全部停掉。

  --lang en|zh   演示所用的语言；不指定时由区域设置决定（LC_ALL、LC_MESSAGES、LANG）
  --keep         演完后保持运行，并列出可以动手试的命令，按 Ctrl-C 结束
  --yes, -y      缺少 RabbitMQ 且可以安装时，不询问直接安装
  --help, -h     显示本页

  设置 POSTGRES_URL、RABBITMQ_URL（以及 RABBITMQ_MANAGEMENT_URL）即可使用已在运行的实例。
  我们在其中创建的一切都带有专用前缀，结束时删除。

退出码：承诺全部兑现为 0，有未兑现的为 1，参数有误为 2。`,
  invalidArgument: (argument) => `不认识 ${argument}。可用的参数：--lang en|zh、--keep、--yes、--help。`,

  opening: '订单、库存、支付：只通过 RabbitMQ 协作的三个服务',
  about:
    '顾客通过 REST 下单。订单服务保存订单，并把它放入订单处理队列；库存服务和支付服务都订阅该队列，同时各做各的事，' +
    '再把处理结果返回。下面的一切都是此刻在这台机器上真实发生的，数据全部取自运行中的系统。',
  startingServers: '正在启动 PostgreSQL 和 RabbitMQ',
  startingServices: '正在创建交换机、队列和数据表，并启动各服务',
  running: (name, url, pid) => `${name}，${url}，进程 ${pid}`,
  ready: (seconds) => `全部就绪，用时 ${seconds} 秒。`,
  stopping: '正在停止',
  stopped: '已全部停止，没有留下任何进程。',
  failed: (message) => `演示中断：${message}`,
  lastLines: (name) => `${name} 最后的日志：`,

  awaitingEnd: '等待处理结果',
  before: '之前',
  after: '之后',
  trace: {
    clock: '从订单服务开始保存订单算起',
    published: (ms) => `发布 ${ms}`,
    inbox: (ms) => `收件箱 ${ms}`,
    announced: '仅作通知，本平台内无人等待',
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
      title: '一笔订单的完整旅程',
      why:
        '订单服务收下订单，立即返回 202，其余的都靠消息推进：每条消息与业务变更在同一个事务里写入生产者的发件箱，' +
        '发布后以 RabbitMQ 的确认为准，再由每个订阅者经收件箱处理。服务之间从不直接调用。',
      responded: (ms) => `${ms} 毫秒后响应`,
      order: (id) => `订单    ${id}`,
      correlation: (id) => `关联 ID ${id}`,
      completed: (total) => `订单已完成，金额 ${total} 元`,
      charged: '网关恰好扣款一次，金额一分不差',
      delivered: (messages) => `${messages} 条消息全部发布，并且每个订阅者的收件箱里都有`,
      correlated: '所有消息的关联 ID 相同',
    },
    outOfStock: {
      title: '缺货的订单',
      why: '月饼礼盒已经售罄。库存和支付同时处理同一笔订单，所以可能先授权成功、后发现缺货；这时撤销授权，没有货就绝不扣款。',
      level: (sku, available) => `${sku}：可用 ${available}`,
      cancelled: '订单已取消，原因 out_of_stock',
      notCharged: '没有扣款',
    },
    declined: {
      title: '支付被拒的订单',
      why: '支付服务向网关发起授权，网关拒绝；支付服务记录状态并返回处理结果。库存服务已经预占的库存随即释放。',
      cancelled: '订单已取消，原因 payment_declined',
      refused: '只向网关请求了一次，并被拒绝',
      released: '库存与下单前一致',
    },
    placedTwice: {
      title: '同一笔订单提交两次',
      why:
        '连接断开的客户端不知道订单是否已被受理，于是用同一个 Idempotency-Key 重发：得到的是同一笔订单、同样的响应。' +
        '同一个键配上不同的内容，则是客户端的错误。',
      sameAnswer: '两次的响应逐字节相同',
      oneOrder: '只有一笔订单',
      refused: '同一个键配不同内容，返回 422',
    },
    decoupling: {
      title: '解耦：库存服务被强行终止',
      why: '受理订单不依赖任何下游服务，支付授权也不依赖库存。库存服务错过的消息都在它的队列里等它回来。',
      killed: (pid) => `库存服务（进程 ${pid}）已被 SIGKILL 终止`,
      awaitingPayment: '库存服务不在，等待支付授权',
      waiting: (messages, consumers) =>
        `inventory.order-processing.0 ～ .3：积压 ${messages} 条消息，消费者 ${consumers} 个`,
      accepted: '没有库存服务，三笔订单照样受理，支付也已授权',
      starting: '重新启动库存服务',
      started: (pid) => `库存服务已恢复（进程 ${pid}）`,
      completed: '三笔订单全部完成',
    },
    deliveredFiveTimes: {
      title: '幂等扣减：同一条消息投递五次',
      why:
        'RabbitMQ 保证至少投递一次，也就是说迟早会重复投递。这里把触发预占的那条消息再发四遍，ID 和内容逐字节相同，' +
        '其中两遍同时发出。消息 ID 已记入收件箱，只有第一遍生效。',
      rows: '行数',
      delivered: 'order.placed 在 order.confirmed 之前投递了五次，逐字节相同',
      claimedOnce: '收件箱里只有一行',
      deductedOnce: '库存只减少一件',
    },
    peakShaving: {
      title: '削峰填谷：秒杀',
      why: '六百位顾客同一时刻抢购手机，支付网关又不快。订单来多快就收多快，峰值由队列承接，各服务按自己的节奏消化。',
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
        `${phones} 部手机，每单 ${each} 部：恰好 ${buyers} 单成交，一部也没有超卖`,
    },
    cancelled: {
      title: '完成之后再取消的订单',
      why: '顾客改了主意。订单流程原路退回：支付服务退还已扣的款，库存服务把已扣减的库存加回去。',
      sold: '售出后',
      cancelled: '订单先是已完成，现在是已取消',
      refunded: '扣了多少，退了多少',
      restocked: '库存已加回',
    },
    brokerUnavailable: {
      title: 'RabbitMQ 断开',
      why: '受理订单只是订单服务自己数据库里的一个事务，用不着 RabbitMQ。连不上它时，消息留在发件箱里；凡已受理的，绝不丢失。',
      cut: '各服务到 RabbitMQ 的连接已切断',
      placing: '正在下单',
      progress: (orders, waiting) => `已受理 ${orders} 笔，发件箱待发 ${waiting} 条`,
      accepted: (orders, slowest) => `${orders} 次 POST /orders → 202，最慢的一次 ${slowest} 毫秒`,
      outbox: (waiting) => `order.outbox：${waiting} 条消息的 published_at 为 NULL`,
      allAccepted: '订单全部受理，消息全部在发件箱里',
      restored: '连接已恢复',
      completed: '订单全部完成，发件箱已清空',
    },
    poisonMessage: {
      title: '二十笔订单里混入一条毒消息',
      why:
        '一条只有半截的消息夹在正常消息中间。它不能丢，不能挡住后面的消息，也不能没完没了地重试：它成为死信，' +
        '排查所需的信息一样不少。',
      sent: (exchange, routingKey, bytes) =>
        `把一条消息的前半截（${bytes} 字节）发到 ${exchange}，路由键 ${routingKey}`,
      cause: '原因',
      attempts: '尝试',
      bytes: '字节',
      completed: (completed, orders) => `${orders} 笔订单完成了 ${completed} 笔`,
      deadLettered: '两个订阅者各存了一条死信，原始字节和原因都在',
    },
    closing: {
      title: '账目核对',
      why: '这个故事里的每一笔订单，以及审计：一个程序读取三个数据库、所有队列和网关自己的账本，互相对账。',
      awaitingIdle: '等待系统静止',
      idle: '系统已静止：没有未结束的订单、未处理的消息和未答复的网关请求',
      auditing: '正在审计',
      unchecked: '未检查：',
      grouped: (orders) => `${orders} 笔`,
    },
  },

  summary: (kept, checked, orders, seconds) =>
    `${checked} 条承诺兑现了 ${kept} 条，共 ${orders} 笔订单，用时 ${seconds} 秒。`,
  readNext: [
    '接下来可以读：',
    '  docs/architecture.zh-CN.md 系统怎么搭的，为什么这样搭',
    '  docs/guarantees.zh-CN.md   每一条保证，以及证明它的测试',
    '  apps/order/src             一个完整的服务，从请求到发件箱',
    '  demo/steps                 刚才看到的演示，每一步一个小文件',
  ],
  tryKeepRunning: '  npm run demo -- --keep     演完后保持运行，并列出可以动手试的命令',
  keepRunning: {
    title: '系统正在运行，可以试试：',
    place: '下单（用同一个键再发一次，仍是同一笔订单）',
    watch: '实时跟踪这笔订单（把 ID 换成响应里的 id）',
    cancel: '取消订单，已完成的也可以',
    freeze: '冻结库存服务，下几单，再让它继续',
    decline: '让支付网关拒绝授权，再恢复正常',
    stock: '库存水位，以及网关的账本',
    docs: '各服务的 API 文档，可在浏览器里直接调用',
    broker: (url, user, password, vhost) =>
      `RabbitMQ：${url}  （用户 ${user}，密码 ${password}，虚拟主机 ${vhost}）`,
    databases: '数据库',
    logs: (folder) => `日志：${folder}`,
    stop: '按 Ctrl-C 全部停止。',
  },
};
