/** What the demo says in English. `texts.zh.ts` says the same in Chinese. */
export const en = {
  usage: `npm run demo -- [--lang en|zh] [--keep] [--yes]

Starts PostgreSQL, RabbitMQ and the platform on this machine, plays the story of an order, checks every promise on
the way, and stops everything again.

  --lang en|zh   the language of the story; otherwise the locale's (LC_ALL, LC_MESSAGES, LANG)
  --keep         leave it running after the story, with a list of things to try, until Ctrl-C
  --yes, -y      install RabbitMQ without asking, where it is missing and can be installed
  --help, -h     this page

  POSTGRES_URL, RABBITMQ_URL (and RABBITMQ_MANAGEMENT_URL) name running ones to be used instead.
  Everything of ours in them has a prefix of its own and is deleted at the end.

The exit code is 0 when every promise was kept, 1 when one was not, 2 for arguments like none of these.`,
  invalidArgument: (argument: string) =>
    `What is ${argument}? There are --lang en|zh, --keep, --yes and --help.`,

  opening: 'Order, inventory and payment: three services that only talk through RabbitMQ',
  about:
    'A shopper places an order over REST. The order service stores it and puts it on the order-processing queue ' +
    '(订单处理队列); inventory and payment both subscribe to it, do their part at the same time, and return what came ' +
    'of it (处理结果). All of what follows happens now, on this machine, and is read from the running system.',
  startingServers: 'starting PostgreSQL and RabbitMQ',
  startingServices: 'provisioning exchanges, queues and tables, then starting the services',
  running: (name: string, url: string, pid: number) => `${name}, ${url}, process ${pid}`,
  ready: (seconds: string) => `Everything is up after ${seconds} s.`,
  stopping: 'stopping everything',
  stopped: 'Everything is stopped, nothing is left running.',
  failed: (message: string) => `The story broke off: ${message}`,
  lastLines: (name: string) => `The last lines of ${name}:`,

  awaitingEnd: 'waiting for the outcome',
  before: 'before',
  after: 'after',
  trace: {
    clock: 'since the order service began to store the order',
    published: (ms: string) => `published ${ms}`,
    inbox: (ms: string) => `inbox ${ms}`,
    announced: 'an announcement: nobody of ours waits for it',
  },
  columns: {
    order: 'order',
    items: 'what',
    status: 'status',
    stock: 'stock',
    payment: 'payment',
    total: '元',
    trigger: 'brought about by',
    available: 'available',
    held: 'held',
    deducted: 'deducted',
    ledger: 'in the gateway’s books',
  },

  steps: {
    completing: {
      title: 'An order completes',
      why:
        'The order service accepts an order with 202 and answers at once. What follows travels as messages: each is ' +
        'written to its producer’s outbox in the same transaction as the business change, published with a confirm, ' +
        'and taken in through an inbox by everyone who subscribes. No service ever calls another.',
      responded: (ms: number) => `answered after ${ms} ms`,
      order: (id: string) => `order           ${id}`,
      correlation: (id: string) => `correlation id  ${id}`,
      completed: (total: string) => `the order is completed, for ${total} 元`,
      charged: 'the gateway captured exactly that, exactly once',
      delivered: (messages: number) =>
        `${messages} messages, each published and in the inbox of each subscriber`,
      correlated: 'one correlation id in all of them',
    },
    outOfStock: {
      title: 'One that is out of stock',
      why:
        'The moon cakes are sold out. Inventory and payment work on the order at the same time, so the money may be ' +
        'authorized before inventory says no. It is then voided: nothing is ever captured for goods we do not have.',
      level: (sku: string, available: number) => `${sku}: ${available} available`,
      cancelled: 'the order is cancelled: out_of_stock',
      notCharged: 'nothing was charged',
    },
    declined: {
      title: 'One whose payment is declined',
      why:
        'Payment asks the gateway, the gateway refuses, and payment records and reports it. The stock that inventory ' +
        'has held (预占) meanwhile is released (释放).',
      cancelled: 'the order is cancelled: payment_declined',
      refused: 'the gateway was asked once, and refused',
      released: 'the stock is as it was before',
    },
    placedTwice: {
      title: 'One that is placed twice',
      why:
        'A client whose connection broke does not know whether its order was taken, and sends it again with the same ' +
        'Idempotency-Key. That is the same order, with the same answer; another order under that key is a mistake.',
      sameAnswer: 'both tries got the same answer, byte for byte',
      oneOrder: 'there is one order',
      refused: 'another body under the same key is refused with 422',
    },
    decoupling: {
      title: 'Decoupling 解耦: inventory is killed',
      why:
        'The order service needs nobody to take an order, and payment needs no inventory to authorize. What inventory ' +
        'misses waits in its queues until it is back.',
      killed: (pid: number) => `inventory (process ${pid}) was ended with SIGKILL`,
      awaitingPayment: 'inventory is away; waiting for payment',
      waiting: (messages: number, consumers: number) =>
        `inventory.order-processing.0 to .3: ${messages} messages, ${consumers} consumers`,
      accepted: 'all three were accepted and their payments authorized, without inventory',
      starting: 'starting inventory again',
      started: (pid: number) => `inventory is back (process ${pid})`,
      completed: 'all three are completed',
    },
    deliveredFiveTimes: {
      title: 'Idempotent deduction 幂等扣减: one message five times',
      why:
        'A broker delivers at least once, so sooner or later it delivers twice. We send the message that makes ' +
        'inventory hold stock four times more, with the same id and the same bytes, two of them at once. Its id is ' +
        'in the inbox, so only the first one counts.',
      rows: 'rows',
      delivered: 'order.placed was delivered five times, byte for byte the same, before order.confirmed',
      claimedOnce: 'the inbox has it once',
      deductedOnce: 'stock fell by one',
    },
    peakShaving: {
      title: 'Peak shaving 削峰: a flash sale',
      why:
        'Six hundred shoppers want the phone at the same moment, and the gateway takes its time. Orders are accepted ' +
        'as fast as they come; the queue takes up the peak, and the services work it off at their own pace.',
      selling: (orders: number) => `${orders} orders at once`,
      progress: (accepted: number, queued: number, atGateway: number, ended: number) =>
        `accepted ${accepted}, in the queue ${queued}, at the gateway ${atGateway}, ended ${ended}`,
      interval: (ms: number) => `every ${ms} ms`,
      max: 'most',
      queued: 'waiting in the order-processing queue',
      atGateway: 'waiting for the gateway',
      ended: 'ended',
      throughput: (orders: number, accepted: string, ended: string) =>
        `${orders} orders accepted in ${accepted} s, all ended after ${ended} s`,
      outcome: (completed: number, cancelled: number) => `${completed} completed, ${cancelled} cancelled`,
      accepted: 'every order was accepted with 202',
      notOversold: (phones: number, each: number, buyers: number) =>
        `${phones} phones, ${each} per order: exactly ${buyers} orders completed, not one phone too many`,
    },
    cancelled: {
      title: 'One that is cancelled after it was completed',
      why:
        'A customer changes their mind. The order process goes back the way it came: payment refunds what it has ' +
        'captured, inventory puts back what it has deducted.',
      sold: 'sold',
      cancelled: 'it was completed, and now is cancelled',
      refunded: 'all that was captured was refunded',
      restocked: 'the goods are back on the shelf',
    },
    brokerUnavailable: {
      title: 'RabbitMQ is away',
      why:
        'Taking an order is one transaction in the order service’s own database and does not need the broker. While ' +
        'that cannot be reached, messages wait in the outbox; nothing that was accepted is ever lost.',
      cut: 'the services’ link to RabbitMQ is cut',
      placing: 'placing orders',
      progress: (orders: number, waiting: number) =>
        `orders accepted: ${orders}, messages in the outbox: ${waiting}`,
      accepted: (orders: number, slowest: number) =>
        `${orders} × POST /orders → 202, the slowest after ${slowest} ms`,
      outbox: (waiting: number) => `order.outbox: ${waiting} messages with published_at IS NULL`,
      allAccepted: 'every order was accepted, and every message is in the outbox',
      restored: 'the link is restored',
      completed: 'all of them are completed, and the outbox is empty',
    },
    poisonMessage: {
      title: 'A poisoned message among twenty orders',
      why:
        'A message cut off in the middle arrives between good ones. It must neither be lost, nor hold up what is ' +
        'behind it, nor be tried for ever: it becomes a dead letter (死信), with everything needed to understand it.',
      sent: (exchange: string, routingKey: string, bytes: number) =>
        `${bytes} bytes, the first half of a message, sent to ${exchange} with ${routingKey}`,
      cause: 'cause   ',
      attempts: 'attempts',
      bytes: 'bytes   ',
      completed: (completed: number, orders: number) => `${completed} of ${orders} orders completed`,
      deadLettered: 'both subscribers kept a dead letter with the same bytes and the cause',
    },
    closing: {
      title: 'Everything adds up',
      why:
        'Every order of this story, and the audit: one program that reads all three databases, the queues and the ' +
        'gateway’s own books, and holds them against each other.',
      awaitingIdle: 'waiting until all is quiet',
      idle: 'nothing is under way any more: no order, no message, no question to the gateway',
      auditing: 'auditing',
      unchecked: 'not checked:',
      grouped: (orders: number) => `${orders} orders`,
    },
  },

  summary: (kept: number, checked: number, orders: number, seconds: string) =>
    `${kept} of ${checked} promises kept, ${orders} orders, ${seconds} s.`,
  readNext: [
    'To read next:',
    '  docs/architecture.md       how it is built, and why',
    '  docs/guarantees.md         every guarantee, and the test that shows it',
    '  apps/order/src             one service, from the request to the outbox',
    '  demo/steps                 what you have just seen, a small file for each step',
  ],
  tryKeepRunning: '  npm run demo -- --keep     leaves it running, with a list of things to try',
  keepRunning: {
    title: 'It is running. Things to try:',
    place: 'place an order (once more with the same key is the same order)',
    watch: 'watch it (put the id from the answer in place of ID)',
    cancel: 'cancel it, also after it was completed',
    freeze: 'freeze inventory, place orders, and let it go on',
    decline: 'make the gateway decline, and behave again',
    stock: 'stock levels, and what the gateway has in its books',
    docs: 'the API of each service, to try in a browser',
    broker: (url: string, user: string, password: string, vhost: string) =>
      `RabbitMQ: ${url}  (user ${user}, password ${password}, virtual host ${vhost})`,
    databases: 'the databases',
    logs: (folder: string) => `logs: ${folder}`,
    stop: 'Ctrl-C stops everything.',
  },
};

/** The shape of the texts in every language. */
export type Translations = typeof en;
