export type Language = 'en' | 'zh';
export type Text = Readonly<Record<Language, string>>;

interface Row {
  readonly key: string;
  readonly scenario: string;
  readonly unit: string;
  readonly what: Text;
  /** What it should be, if anything was asked of it. */
  readonly aim: string;
}

const row = (key: string, scenario: string, unit: string, en: string, zh: string, aim = ''): Row => ({
  key,
  scenario,
  unit,
  what: { en, zh },
  aim,
});

/** The figures that the page has in one table. */
export const ROWS: readonly Row[] = [
  row('orders_per_second', 'order-flow', '/s', 'orders placed and completed', '下单并完成的订单'),
  row('ratio_textbook', 'order-flow', '×', 'the same, against the textbook', '与教科书写法相比', '≥ 10×'),
  row(
    'ratio_floor',
    'order-flow',
    '×',
    'the same, against the fastest bare programs',
    '与最快的裸程序相比',
    '≥ 0.8×',
  ),
  row(
    'accept_p50_ms',
    'accept',
    'ms',
    'to accept an order at half of that rate, median',
    '以一半速率下单，受理用时中位数',
  ),
  row('accept_p99_ms', 'accept', 'ms', 'the same, p99', '同上，p99', '< 15 ms'),
  row(
    'floor_accept_p99_ms',
    'accept',
    'ms',
    'the bare programs at the same rate, p99',
    '裸程序，同样速率，p99',
  ),
  row('completed_p50_ms', 'accept', 'ms', 'to complete it, median', '完成用时中位数', '< 50 ms'),
  row('completed_p99_ms', 'accept', 'ms', 'the same, p99', '同上，p99', '< 200 ms'),
  row(
    'floor_completed_p50_ms',
    'accept',
    'ms',
    'the bare programs at the same rate, median',
    '裸程序，同样速率，中位数',
  ),
  row('floor_completed_p99_ms', 'accept', 'ms', 'the same, p99', '同上，p99'),
  row(
    'relay_per_second',
    'relay',
    '/s',
    'messages out of the outbox, confirmed',
    '从发件箱发出并确认的消息',
    '≥ 30,000/s',
  ),
  row(
    'ratio_relay',
    'relay',
    '×',
    'the same, against publishing from memory',
    '与直接从内存发布相比',
    '≥ 0.75×',
  ),
  row(
    'ratio_hot_sku',
    'hot-sku',
    '×',
    'all orders on one SKU, against 200 SKUs',
    '全部订单同一 SKU，与 200 个 SKU 相比',
    '≥ 0.7×',
  ),
  row('flash_sale_buyers', 'flash-sale', '', 'buyers for 1,000 units', '抢购 1,000 件的买家'),
  row('flash_sale_sold', 'flash-sale', '', 'of them got one', '其中抢到的', '1,000'),
  row('flash_sale_told_per_second', 'flash-sale', '/s', 'buyers told how it ended', '得知结果的买家'),
  row(
    'ratio_pruning',
    'pruning',
    '×',
    'orders per second while old rows are deleted, against none to delete',
    '清理旧数据期间的每秒订单数，与无可清理时相比',
  ),
  row(
    'backlog_orders',
    'backlog',
    '',
    'orders piled up while the consumers were away',
    '消费者不在时积压的订单',
  ),
  row(
    'ratio_growth',
    'growth',
    '×',
    'CPU per order with 10,000 orders in the tables, against very many',
    '表中 1 万单时的每单 CPU，与订单极多时相比',
    '≥ 0.9×',
  ),
];
