/** One text in both languages, side by side: a text without a translation does not compile. */
export interface Pair<Value> {
  readonly en: Value;
  readonly zh: Value;
}

function pair<Value>(en: Value, zh: NoInfer<Value>): Pair<Value> {
  return { en, zh };
}

/** Words by code; a code without one is shown as it is. */
function words(en: Readonly<Record<string, string>>, zh: Readonly<Record<string, string>>) {
  return pair(en, zh);
}

const count = (one: string, many: string) => (n: number) =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

/** Every text of the page. */
export const texts = {
  title: pair('order-processing', '订单处理'),
  live: pair('Live', '实时'),
  orders: pair('Orders', '订单'),
  deadLetters: pair('Dead letters', '死信'),
  lab: pair('Lab', '实验室'),
  mainNavigation: pair('Views', '视图'),
  skip: pair('Skip to content', '跳到正文'),
  search: pair('Search order id, SKU, error', '搜索订单号、SKU、错误'),
  searchResults: pair(
    (q: string) => `Results for “${q}”`,
    (q) => `“${q}”的搜索结果`,
  ),
  nothingFound: pair(
    'Nothing matches. An order id, a part of one, an SKU, a status or a part of an error message finds orders and dead letters.',
    '没有匹配项。可以搜索订单号（或其中一段）、SKU、状态，或错误消息中的一段文字。',
  ),
  pause: pair('Pause', '暂停'),
  resume: pair('Resume', '继续'),
  paused: pair('Paused: figures are as of', '已暂停，数据截至'),
  dark: pair('Dark', '深色'),
  light: pair('Light', '浅色'),
  otherLanguage: pair('中文', 'English'),
  readOnly: pair('read-only', '只读'),
  readOnlyHint: pair(
    'This console only reads. Start it with --act to place orders and replay.',
    '此控制台只读。加 --act 启动后可以下单和重放。',
  ),
  connecting: pair('Connecting to the console…', '正在连接控制台……'),
  disconnected: pair(
    'The console does not respond; the page reconnects by itself.',
    '控制台没有响应，页面会自动重连。',
  ),
  sessionEnded: pair(
    'The session has ended. Open the new one-time link that the console prints.',
    '会话已结束。请打开控制台打印的新的一次性链接。',
  ),
  unavailable: pair('unavailable', '不可用'),
  since: pair('since', '自'),
  copy: pair('Copy', '复制'),
  copied: pair('Copied', '已复制'),
  close: pair('Close', '关闭'),
  back: pair('Back', '返回'),
  loading: pair('Loading…', '加载中……'),
  unknown: pair('unknown', '未知'),

  // Invariants
  invariants: pair('Invariants', '不变式'),
  lost: pair('lost', '丢失'),
  doubled: pair('doubled', '重复'),
  oversold: pair('oversold', '超卖'),
  checkedAgo: pair(
    (ago: string) => `checked ${ago} ago`,
    (ago) => `${ago}前检查`,
  ),
  notChecked: pair('not checked yet', '尚未检查'),
  checking: pair('checking…', '检查中……'),
  checkAll: pair('Check Q1–Q7', '检查 Q1–Q7'),
  notIdle: pair('Not idle, so Q1–Q7 were not checked:', '系统尚未空闲，未检查 Q1–Q7：'),
  lostHint: pair(
    'accepted orders or published messages that are missing (Q1, Q5)',
    '已受理却不存在的订单，或已发布却无人处理的消息（Q1、Q5）',
  ),
  doubledHint: pair(
    'second charges, captures or orders of one key (S3, S4, S7, Q4)',
    '重复扣款、重复请款或同一幂等键的重复订单（S3、S4、S7、Q4）',
  ),
  oversoldHint: pair('stock counters that do not add up (S1, S2)', '库存计数不平（S1、S2）'),
  rowsChecked: pair(
    (n: number) => `${n.toLocaleString('en')} checked`,
    (n) => `已检查 ${n.toLocaleString('en')} 项`,
  ),
  holds: pair('holds', '成立'),
  violated: pair('violated', '不成立'),

  // Topology
  topology: pair('Topology', '拓扑'),
  order: pair('order', '订单'),
  inventory: pair('inventory', '库存'),
  payment: pair('payment', '支付'),
  gateway: pair('gateway', '支付网关'),
  outbox: pair('outbox', '发件箱'),
  exchange: pair('exchange', '交换机'),
  pending: pair('pending', '待发布'),
  ready: pair('ready', '就绪'),
  unacked: pair('unacked', '未确认'),
  consumers: pair(count('consumer', 'consumers'), (n) => `${n} 个消费者`),
  noConsumer: pair('no consumer', '没有消费者'),
  parked: pair('parked', '已搁置'),
  replicas: pair('replicas', '副本'),
  inFlight: pair('in flight', '处理中'),
  retrying: pair('retrying', '重试中'),
  perSecond: pair('/s', '/秒'),
  unrouted: pair('unrouted', '无法路由'),
  delayed: pair('delayed for retry', '延迟重试'),
  alarms: pair('alarms', '告警'),
  noAlarms: pair('no alarms', '没有告警'),
  unreachable: pair('unreachable', '无法访问'),
  notReady: pair('not ready', '未就绪'),
  degraded: pair('degraded', '降级'),

  // Rates
  rates: pair('Rates', '速率'),
  accepted: pair('Accepted', '受理'),
  completion: pair('Completion', '完成耗时'),
  work: pair('Gateway and retries', '网关与重试'),
  lag: pair('Outbox lag', '发件箱延迟'),
  retries: pair('retries', '重试'),
  ordersPerSecond: pair('orders/s', '单/秒'),
  chart: pair(
    (title: string) => `${title}, last five minutes`,
    (title) => `${title}，最近五分钟`,
  ),

  // Orders
  newestOrders: pair('Orders, newest first', '订单，最新在前'),
  placeOne: pair('Place one', '下一单'),
  placeTen: pair('×10', '×10'),
  flashSale: pair('Flash sale 600', '秒杀 600 单'),
  placeDeclined: pair('Declined card', '拒付的卡'),
  placeOutOfStock: pair('Out of stock', '缺货'),
  placed: pair('Placed', '已下单'),
  time: pair('Time', '时间'),
  id: pair('Id', '编号'),
  what: pair('Items', '商品'),
  amount: pair('Amount', '金额'),
  status: pair('Status', '状态'),
  duration: pair('Duration', '耗时'),
  noOrders: pair(
    'No orders yet. Place one with the button above, or run',
    '还没有订单。点上面的按钮下一单，或运行',
  ),
  openOrders: pair('open', '未结束'),
  statuses: words(
    {
      pending: 'pending',
      confirmed: 'confirmed',
      completed: 'completed',
      cancelling: 'cancelling',
      cancelled: 'cancelled',
    },
    {
      pending: '处理中',
      confirmed: '已确认',
      completed: '已完成',
      cancelling: '取消中',
      cancelled: '已取消',
    },
  ),

  // One order
  timeline: pair('Timeline', '时间线'),
  customer: pair('customer', '客户'),
  correlation: pair('correlation id', '关联编号'),
  deadline: pair('deadline', '截止时间'),
  waitsInOutbox: pair('in the outbox', '发件箱等待'),
  waitsInQueue: pair('in the queue', '队列等待'),
  handled: pair('handled', '已处理'),
  gatewayCall: pair('gateway', '网关'),
  deadLetter: pair('dead letter', '死信'),
  attempt: pair(
    (n: number) => `attempt ${n}`,
    (n) => `第 ${n} 次尝试`,
  ),
  publishes: pair('publishes', '发布'),
  receives: pair('receives', '收到'),
  chooseStep: pair(
    'Choose a step to see its message: who published it, who handled it, its bytes.',
    '选择一步查看消息：由谁发布、谁处理了、原始内容。',
  ),
  publisher: pair('published by', '发布者'),
  route: pair('route', '路由'),
  occurred: pair('written', '写入'),
  published: pair('published', '发布于'),
  notPublished: pair('not published yet', '尚未发布'),
  deliveries: pair('Deliveries', '投递'),
  noSubscriber: pair('An announcement: no service subscribes to it.', '公告消息：没有服务订阅。'),
  notHandled: pair('not handled yet', '尚未处理'),
  outcomes: words(
    { done: 'done', already: 'already done before', overtaken: 'overtaken by a newer event' },
    { done: '已处理', already: '此前已处理（重复）', overtaken: '已被更新的事件取代' },
  ),
  showBytes: pair('Show bytes', '查看内容'),
  bytesLogged: pair('Opening bytes is logged.', '查看内容会记入日志。'),
  schemaHolds: pair('matches its contract', '符合契约'),
  properties: pair('Properties', '属性'),
  sql: pair('SQL that shows it', '可验证的 SQL'),
  trace: pair('trace', '链路'),
  transitions: pair('Transitions', '状态变化'),
  asCommand: pair('As a command', '等价命令'),
  orderNotFound: pair('No order has this id.', '没有这个编号的订单。'),

  // Dead letters
  noDeadLetters: pair(
    'No dead letters. A message that a service cannot handle is stored here with its cause, and the next one continues.',
    '没有死信。服务无法处理的消息会连同原因存到这里，后面的消息照常处理。',
  ),
  tryHalfMessage: pair('The Lab can send half a message to see one.', '可以在实验室发送半条消息来产生一条。'),
  cause: pair('Cause', '原因'),
  service: pair('Service', '服务'),
  countColumn: pair('Count', '数量'),
  event: pair('Event', '事件'),
  error: pair('Error', '错误'),
  lastFailed: pair('Last failed', '最近失败'),
  letters: pair(count('dead letter', 'dead letters'), (n) => `${n} 条死信`),
  moreLetters: pair(
    (n: number) => `The newest 100 of ${n} are listed.`,
    (n) => `共 ${n} 条，列出最新的 100 条。`,
  ),
  letterStatuses: words(
    { open: 'open', replaying: 'replaying', replayed: 'replayed', discarded: 'discarded' },
    { open: '待处理', replaying: '重放中', replayed: '已重放', discarded: '已丢弃' },
  ),
  dryRun: pair('Dry run', '试运行'),
  dryRunResult: pair(
    (n: number) =>
      `${n === 1 ? '1 dead letter' : `${n} dead letters`} would be replayed, each to the consumer that failed, under the same id.`,
    (n) => `将重放 ${n} 条死信：每条只发给当初失败的消费者，消息 id 不变。`,
  ),
  replay: pair(
    (n: number) => `Replay ${n}`,
    (n) => `重放 ${n} 条`,
  ),
  discard: pair(
    (n: number) => `Discard ${n}`,
    (n) => `丢弃 ${n} 条`,
  ),
  discarded: pair(
    (n: number) => `${n} discarded. Reopen them under the status “discarded”.`,
    (n) => `已丢弃 ${n} 条，可在“已丢弃”状态下重新打开。`,
  ),
  reopen: pair(
    (n: number) => `Reopen ${n}`,
    (n) => `重新打开 ${n} 条`,
  ),
  reopened: pair(
    (n: number) => `${n} reopened.`,
    (n) => `已重新打开 ${n} 条。`,
  ),
  reason: pair('Reason (recorded in the operator log)', '理由（记入操作日志）'),
  reasonMissing: pair('A reason is required.', '必须填写理由。'),
  staleCount: pair(
    (expected: number, found: number) =>
      `Nothing was changed: the dry run counted ${expected}, now ${found} match. Repeat the dry run.`,
    (expected, found) => `未做任何修改：试运行时有 ${expected} 条，现在匹配 ${found} 条。请重新试运行。`,
  ),
  replayProgress: pair(
    (sent: number, total: number) => `${sent} of ${total} published`,
    (sent, total) => `已发布 ${sent} / ${total}`,
  ),
  replayDone: pair(
    'Replayed. A message that fails again returns to this list.',
    '重放完成。再次失败的消息会回到列表。',
  ),
  stop: pair('Stop', '停止'),
  body: pair('Body', '内容'),
  stack: pair('Stack', '调用栈'),
  history: pair('History', '历史'),
  noHistory: pair('No operator has acted on it.', '没有运维操作记录。'),
  claims: pair('claims', '收件箱记录'),
  none: pair('none', '无'),
  bytes: pair(count('byte', 'bytes'), (n) => `${n.toLocaleString('en')} 字节`),
  firstBytes: pair(
    (n: number) => `the first ${n.toLocaleString('en')} are shown`,
    (n) => `只显示前 ${n.toLocaleString('en')} 字节`,
  ),
  notUtf8: pair('no valid UTF-8, shown as hexadecimal', '不是有效的 UTF-8，按十六进制显示'),
  controlShown: pair('control characters are shown as symbols', '控制字符以符号显示'),
  attempts: pair('attempts', '尝试次数'),
  failedTimes: pair('failed', '失败次数'),
  queue: pair('queue', '队列'),

  // Lab
  labOff: pair(
    'The Lab is off. It needs the gateway simulator, and the option --lab:',
    '实验室未开启。它需要网关模拟器和 --lab 选项：',
  ),
  labIntro: pair(
    'Each switch turns itself off after 60 s. Watch the invariants stay green.',
    '每个开关 60 秒后自动恢复。注意不变式始终为绿色。',
  ),
  gatewayModes: pair('Payment gateway', '支付网关'),
  links: pair('Links', '网络链路'),
  messages: pair('Messages', '消息'),
  load: pair('Load', '负载'),
  on: pair('on', '开'),
  off: pair('Off', '关闭'),
  turnOn: pair('Turn on', '开启'),
  cut: pair('Cut', '切断'),
  slow: pair('Slow', '变慢'),
  send: pair('Send', '发送'),
  endsIn: pair(
    (s: number) => `ends in ${s} s`,
    (s) => `${s} 秒后恢复`,
  ),
  expected: pair('expected', '预期'),
  noLinks: pair(
    'Links can be cut where the console runs with a local shop: npm run demo -- --keep',
    '在本地演示中可以切断链路：npm run demo -- --keep',
  ),
  needsPublisher: pair('needs a local shop: npm run demo -- --keep', '需要本地演示：npm run demo -- --keep'),
  loadState: pair(
    (accepted: number, refused: number) => `${accepted} accepted, ${refused} refused`,
    (accepted, refused) => `受理 ${accepted}，拒绝 ${refused}`,
  ),
  log: pair('Log', '记录'),
  noLog: pair('No fault has been injected yet.', '还没有注入过故障。'),
} as const;
