import { shown } from '../html/markup.js';

type Numbers = Readonly<Record<string, number>>;

/** The costs that were measured, as `latest.json` has them. */
export interface Costs {
  readonly cores: number;
  readonly ordersPerSecond: number;
  /** CPU per order in microseconds, of the shop with its servers, and of what is outside: gateway and load. */
  readonly cpuUs: Numbers;
  readonly outsideUs: Numbers;
  readonly relayPerSecond: number;
  /** Of `cpuUs.postgres`, what each service's database takes. */
  readonly postgresUs: Numbers;
  readonly walBytes: number;
  readonly storedBytes: Numbers;
}

/** A consequence of the costs: what it is, how it follows, and what it comes to. */
export interface Consequence {
  readonly what: Readonly<Record<'en' | 'zh', string>>;
  readonly from: string;
  readonly value: string;
}

/** `order.placed`, `order.confirmed` and `order.completed`, through the one relay of the order service. */
const ORDER_EVENTS = 3;

/** How far one of everything reaches, if an order goes on costing what it cost here. What was not measured is left out. */
export function consequencesOf(costs: Costs): Consequence[] {
  const { cores, ordersPerSecond, cpuUs, outsideUs, relayPerSecond, postgresUs, walBytes, storedBytes } =
    costs;
  const [shop, all] = [sum(cpuUs), sum(cpuUs) + sum(outsideUs)];
  const consequences = [
    {
      what: { en: 'everything on this machine, all cores busy', zh: '全部都在这台机器上、各核满负荷' },
      from: `${cores} × 10⁶ / ${shown(all)} µs`,
      value: rate((cores * 1e6) / all),
    },
    {
      what: { en: 'measured on this machine', zh: '在这台机器上实测' },
      from: '`orders_per_second`',
      value: rate(ordersPerSecond),
    },
    {
      what: { en: 'one core more, shop and servers', zh: '商店和服务器每多一核' },
      from: `10⁶ / ${shown(shop)} µs`,
      value: rate(1e6 / shop),
    },
    ...['order', 'inventory', 'payment'].map((service) => ({
      what: { en: `one process of ${service}`, zh: `一个 ${service} 进程` },
      from: `10⁶ / ${shown(cpuUs[service] ?? NaN)} µs`,
      value: rate(1e6 / (cpuUs[service] ?? NaN)),
    })),
    {
      what: { en: 'the relay of order, one at a time', zh: 'order 的投递器，同时只有一个' },
      from: `\`relay_per_second\` / ${ORDER_EVENTS}`,
      value: rate(relayPerSecond / ORDER_EVENTS),
    },
    {
      what: { en: 'one core of RabbitMQ', zh: 'RabbitMQ 的一核' },
      from: `10⁶ / ${shown(cpuUs['rabbitmq'] ?? NaN)} µs`,
      value: rate(1e6 / (cpuUs['rabbitmq'] ?? NaN)),
    },
    ...Object.entries(postgresUs).map(([service, us]) => ({
      what: { en: `one core of ${service}'s PostgreSQL`, zh: `${service} 的 PostgreSQL 的一核` },
      from: `10⁶ / ${shown(us)} µs`,
      value: rate(1e6 / us),
    })),
    {
      what: { en: 'written ahead at 1,000 orders/s, all databases', zh: '每秒 1,000 单时全部数据库的 WAL' },
      from: `1,000 × ${shown(walBytes / 1024)} KB`,
      value: size(1000 * walBytes, '/s'),
    },
    ...Object.entries(storedBytes).map(([service, bytes]) => ({
      what: { en: `a million orders in ${service}'s database`, zh: `${service} 的数据库存一百万单` },
      from: `10⁶ × ${shown(bytes / 1024)} KB`,
      value: size(1e6 * bytes, ''),
    })),
  ];
  return consequences.filter(({ value }) => value !== UNKNOWN);
}

const UNKNOWN = '–';

function rate(value: number): string {
  return Number.isFinite(value) ? `${shown(value)} orders/s` : UNKNOWN;
}

function size(bytes: number, per: string): string {
  if (!Number.isFinite(bytes)) return UNKNOWN;
  return bytes >= 1e9 ? `${shown(bytes / 1e9)} GB${per}` : `${shown(bytes / 1e6)} MB${per}`;
}

function sum(values: Numbers): number {
  return Object.values(values).reduce((total, value) => total + value, 0);
}
