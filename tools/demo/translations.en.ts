/** The demo's texts in English. `translations.zh.ts` has the same texts in Chinese. */
export const en = {
  usage: `npm run demo -- [--lang en|zh] [--keep] [--yes]

Starts PostgreSQL, RabbitMQ and the shop on this machine, runs eleven steps with real orders, checks every promise,
and stops all processes.

  --lang en|zh   language; default: the locale's (LC_ALL, LC_MESSAGES, LANG)
  --keep         also open a page that shows the shop live, and keep it running after the last step, until Ctrl-C
  --yes, -y      install RabbitMQ without confirmation, if it is missing and can be installed
  --help, -h     print this text

  POSTGRES_URL and RABBITMQ_URL (with RABBITMQ_MANAGEMENT_URL) select running servers instead.
  The demo creates its databases, virtual host and users there under one name prefix and deletes them at the end.

Exit code: 0 every promise is kept; 1 a promise is broken; 2 an argument is invalid.`,
  invalidArgument: (argument: string) =>
    `unknown argument ${argument}; expected --lang en|zh, --keep, --yes or --help`,

  opening: 'Order, inventory and payment: three services that communicate only through RabbitMQ',
  about:
    'A customer places an order over REST. The order service stores it and puts it on the order-processing queue ' +
    '(订单处理队列). Inventory and payment both subscribe to the queue, process the order concurrently and return ' +
    'their results (处理结果). Every figure below is read from the running shop.',
  startingServers: 'starting PostgreSQL and RabbitMQ',
  startingServices: 'provisioning exchanges, queues and tables, then starting the services',
  running: (name: string, url: string, pid: number) => `${name}, ${url}, process ${pid}`,
  ready: (seconds: string) => `All services are ready after ${seconds} s.`,
  console: (link: string) => `Watch it in a browser, with a link that works once: ${link}`,
  stopping: 'stopping all processes',
  stopped: 'All processes are stopped.',
  failed: (message: string) => `The demo failed: ${message}`,
  lastLines: (name: string) => `The last log lines of ${name}:`,

  awaitingEnd: 'waiting for the outcome',
  before: 'before',
  after: 'after',
  trace: {
    clock: 'since the order service started to store the order',
    markedPublished: (ms: string) => `marked published ${ms}`,
    marking: 'an event is marked published after its confirm, so an inbox can be earlier',
    inbox: (ms: string) => `inbox ${ms}`,
    announced: 'an announcement: no service subscribes to it',
  },
  columns: {
    order: 'order',
    items: 'items',
    status: 'status',
    stock: 'stock',
    payment: 'payment',
    total: '元',
    trigger: 'trigger',
    available: 'available',
    held: 'held',
    deducted: 'deducted',
    ledger: 'gateway ledger',
  },

  steps: {
    completing: {
      title: 'An order completes',
      why:
        'The order service accepts an order with 202 and responds immediately; messages do all later work. Each ' +
        'message is written to its producer’s outbox in the transaction of the business change, published with a ' +
        'publisher confirm, and claimed in the inbox of every subscriber. No service calls another service.',
      responded: (ms: number) => `response after ${ms} ms`,
      order: (id: string) => `order           ${id}`,
      correlation: (id: string) => `correlation id  ${id}`,
      completed: (total: string) => `the order is completed, total ${total} 元`,
      charged: 'the gateway captured this amount exactly once',
      delivered: (messages: number) =>
        `${messages} messages, each published and in the inbox of each subscriber`,
      correlated: 'all messages have the same correlation id',
    },
    outOfStock: {
      title: 'An order without stock is cancelled',
      why:
        'The moon cakes are sold out. Inventory and payment process the order concurrently, so payment can be ' +
        'authorized before inventory rejects the order. The authorization is then voided: payment is never captured ' +
        'without stock.',
      level: (sku: string, available: number) => `${sku}: ${available} available`,
      cancelled: 'the order is cancelled: out_of_stock',
      notCharged: 'no amount was captured',
    },
    declined: {
      title: 'A declined payment releases the stock',
      why:
        'Payment requests an authorization, the gateway declines it, and payment records and publishes the outcome. ' +
        'The stock that inventory has held (预占) is released (释放).',
      cancelled: 'the order is cancelled: payment_declined',
      refused: 'the gateway received one request and declined it',
      released: 'the stock is the same as before',
    },
    placedTwice: {
      title: 'A repeated request returns the same order',
      why:
        'A client whose connection broke does not know whether its order was accepted, and repeats the request with ' +
        'the same Idempotency-Key. It gets the same order and the same response. A different order under that key is ' +
        'a client error.',
      sameResponse: 'both responses are equal, byte for byte',
      oneOrder: 'one order exists',
      refused: 'a different body under the same key is rejected with 422',
    },
    decoupling: {
      title: 'Decoupling 解耦: orders are accepted while inventory is down',
      why:
        'Accepting an order needs no other service, and authorizing a payment does not need inventory. Messages for ' +
        'inventory stay in its queues until it is available again.',
      killed: (pid: number) => `inventory (process ${pid}) was killed with SIGKILL`,
      awaitingPayment: 'inventory is down; waiting for payment',
      waiting: (messages: number, consumers: number) =>
        `inventory.order-processing.0 to .3: backlog ${messages} messages, ${consumers} consumers`,
      accepted: 'all three orders are accepted and their payments authorized, without inventory',
      starting: 'restarting inventory',
      started: (pid: number) => `inventory is available again (process ${pid})`,
      completed: 'all three orders are completed',
    },
    deliveredFiveTimes: {
      title: 'Idempotent deduction 幂等扣减: one message, five deliveries, one effect',
      why:
        'RabbitMQ delivers at least once, so duplicates occur. This step publishes the message that makes inventory ' +
        'hold stock four more times, with the same id and bytes, two of them concurrently. The inbox holds the ' +
        'message id, so only the first delivery has an effect.',
      rows: 'rows',
      delivered: 'order.placed was published five times, byte for byte the same, before order.confirmed',
      claimedOnce: 'the inbox has one row for it',
      deductedOnce: 'the stock decreased by one',
    },
    peakShaving: {
      title: 'Peak shaving 削峰填谷: a flash sale is queued, not rejected',
      why:
        'Six hundred customers order the phone at the same moment, and the gateway is slow. Orders are accepted as ' +
        'fast as they arrive; the queue absorbs the peak, and the services process the backlog at their own rate.',
      selling: (orders: number) => `${orders} orders at once`,
      progress: (accepted: number, queued: number, atGateway: number, ended: number) =>
        `accepted ${accepted}, queued ${queued}, at the gateway ${atGateway}, ended ${ended}`,
      interval: (ms: number) => `every ${ms} ms`,
      max: 'max',
      queued: 'in the order-processing queue',
      atGateway: 'waiting for the gateway',
      ended: 'ended',
      throughput: (orders: number, accepted: string, ended: string) =>
        `${orders} orders accepted in ${accepted} s, all ended after ${ended} s`,
      outcome: (completed: number, cancelled: number) => `${completed} completed, ${cancelled} cancelled`,
      accepted: 'every order was accepted with 202',
      notOversold: (phones: number, each: number, buyers: number) =>
        `${phones} phones, ${each} per order: exactly ${buyers} orders completed, none oversold`,
    },
    cancelled: {
      title: 'Cancelling a completed order refunds and restocks',
      why:
        'The customer cancels after completion. The order process compensates: payment refunds the captured amount, ' +
        'and inventory restocks the deducted units.',
      sold: 'after completion',
      cancelled: 'the order was completed and is now cancelled',
      refunded: 'the refund equals the capture',
      restocked: 'the stock is available again',
    },
    brokerUnavailable: {
      title: 'Orders are accepted while RabbitMQ is unavailable',
      why:
        'Accepting an order is one transaction in the order service’s database and does not need the broker. While ' +
        'the broker is unavailable, messages stay in the outbox; no accepted order is lost.',
      cut: 'the connections of the services to RabbitMQ are cut',
      placing: 'placing orders',
      progress: (orders: number, waiting: number) =>
        `orders accepted: ${orders}, messages in the outbox: ${waiting}`,
      accepted: (orders: number, slowest: number) =>
        `${orders} × POST /orders → 202, slowest response ${slowest} ms`,
      outbox: (waiting: number) => `order.outbox: ${waiting} messages with published_at IS NULL`,
      allAccepted: 'every order is accepted, and every message is in the outbox',
      restored: 'the connections are restored',
      completed: 'all orders are completed, and the outbox has no unpublished message',
    },
    poisonMessage: {
      title: 'A poison message does not stop twenty orders',
      why:
        'A truncated message arrives between valid ones. It must not be lost, block later messages or be retried ' +
        'without end: it becomes a dead letter (死信) with its bytes, reason and attempts.',
      sent: (exchange: string, routingKey: string, bytes: number) =>
        `published the first half of a message (${bytes} bytes) to ${exchange} with routing key ${routingKey}`,
      cause: 'reason  ',
      attempts: 'attempts',
      bytes: 'bytes   ',
      completed: (completed: number, orders: number) => `${completed} of ${orders} orders completed`,
      deadLettered: 'both subscribers stored a dead letter with the same bytes and the reason',
    },
    closing: {
      title: 'All records agree',
      why:
        'All orders of this demo, and the audit: one program that reads the three databases, the queues and the ' +
        'gateway’s ledger, and compares them.',
      awaitingIdle: 'waiting until the shop is idle',
      idle: 'the shop is idle: no order, message or gateway operation is in progress',
      auditing: 'auditing',
      unchecked: 'not checked:',
      grouped: (orders: number) => `${orders} orders`,
    },
  },

  summary: (kept: number, checked: number, orders: number, seconds: string) =>
    `${kept} of ${checked} promises kept, ${orders} orders, ${seconds} s.`,
  readNext: [
    'To read next:',
    '  docs/explanation/architecture.md        how the system is built, and why',
    '  docs/explanation/guarantees.md          every guarantee, and the test that proves it',
    '  apps/order/src                          one service, from the request to the outbox',
    '  tools/demo/steps                        the steps of this demo, one small file each',
  ],
  tryKeepRunning: '  npm run demo -- --keep                  keeps the shop running, with commands to try',
  keepRunning: {
    title: 'The shop is running. Commands to try:',
    place: 'place an order (a repeated key returns the same order)',
    watch: 'watch the order (replace ID with the id in the response)',
    cancel: 'cancel the order, also after it is completed',
    freeze: 'freeze inventory, place orders, then resume it',
    decline: 'make the gateway decline authorizations, then reset it',
    stock: 'stock levels, and the gateway ledger',
    docs: 'API of each service, to try in a browser',
    broker: (url: string, user: string, password: string, vhost: string) =>
      `RabbitMQ: ${url}  (user ${user}, password ${password}, virtual host ${vhost})`,
    databases: 'databases',
    logs: (folder: string) => `logs: ${folder}`,
    stop: 'Ctrl-C stops all processes.',
  },
};

/** The shape of the texts in every language. */
export type Translations = typeof en;
