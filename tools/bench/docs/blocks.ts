import { shown } from '../html/markup.js';
import type { Origin } from '../report.js';
import { type Language, ROWS, type Text } from './figure-rows.js';
import { kindsInChinese } from './kind-names.js';
import { consequencesOf } from './model.js';

/** What was measured, as `latest.json` has it. */
export interface Latest {
  readonly quick: boolean;
  readonly machine: Readonly<Record<string, string | number>>;
  /** By name, those that were measured, each with the run it is from. */
  readonly scenarios: Readonly<Record<string, Pick<Origin, 'at' | 'commit' | 'command'>>>;
  readonly [key: string]: unknown;
}

const NAMES: Readonly<Record<string, Text>> = {
  what: { en: 'what', zh: '内容' },
  figure: { en: 'figure', zh: '数值' },
  aim: { en: 'aimed at', zh: '目标' },
  scenario: { en: 'scenario', zh: '场景' },
  process: { en: 'process', zh: '进程' },
  share: { en: 'share', zh: '占比' },
  sum: { en: 'together', zh: '合计' },
  ours: { en: 'µs per order', zh: '每单 µs' },
  textbook: { en: 'textbook', zh: '教科书式' },
  floor: { en: 'bare programs', zh: '裸程序' },
  kind: { en: 'kind of work', zh: '哪类工作' },
  replicas: { en: 'replicas', zh: '副本' },
  drained: { en: 'orders drained per second', zh: '每秒消化的订单' },
  each: { en: 'µs of CPU each', zh: '每单 CPU µs' },
  busy: { en: 'with all cores busy', zh: '各核满负荷时' },
  memory: { en: 'MB, at most', zh: '最多 MB' },
  limit: { en: 'what', zh: '什么' },
  from: { en: 'from', zh: '由来' },
  reaches: { en: 'reaches', zh: '可达' },
};

const MISSING: Text = { en: 'not measured', zh: '未测' };

/** The parts of the pages that were measured, by the name in their markers. */
export const blocks: Readonly<Record<string, (run: Latest, language: Language) => string>> = {
  origin,
  figures: (run, language) =>
    table(
      ['what', 'figure', 'aim', 'scenario'],
      ROWS.map(({ key, scenario, unit, what, aim }) => [
        what[language],
        figure(run[key], unit, language),
        aim,
        `\`${scenario}\``,
      ]),
      language,
    ),
  budget,
  profile,
  model,
  drain,
  memory: (run, language) => table(['process', 'memory'], entries(run['backlog_rss_mb'], language), language),
};

/** What the figures were made on, and by which run; by which run each scenario, when there were several. */
function origin({ quick, machine, scenarios }: Latest, language: Language): string {
  const { cores, model, memoryGb, node, postgres, rabbitmq, durability } = machine;
  const where = `${model}, ${memoryGb} GB; Node.js ${node}, ${postgres} (${durability}), ${rabbitmq}`;
  const on = { en: ` on ${cores} cores, ${where}`, zh: `，${cores} 核，${where}` }[language];
  const [stop, ofQuick] = {
    en: ['.', ' Short rounds: these figures scatter.'],
    zh: ['。', '短轮次：数值会有较大波动。'],
  }[language];
  const end = `${stop}${quick ? ofQuick : ''}`;
  const runs = namesByRun(scenarios);
  if (runs.length === 1) return `${runs[0]!.command}${on}; ${runs[0]!.from}${end}`;
  const several = { en: 'Several runs', zh: '多次运行' }[language];
  const lines = runs.map(({ command, from, names }) => `- ${command}; ${from}: ${names.join(', ')}`);
  return [`${several}${on}${end}`, '', ...lines].join('\n');
}

interface RunWithNames {
  readonly command: string;
  /** Commit and day. */
  readonly from: string;
  readonly names: string[];
}

function namesByRun(scenarios: Latest['scenarios']): RunWithNames[] {
  const runs = new Map<string, RunWithNames>();
  for (const [name, { at, commit = '?', command }] of Object.entries(scenarios)) {
    const run = { command: `\`${command}\``, from: `\`${commit}\`, ${at.slice(0, 10)}`, names: [] };
    const key = `${run.command} ${run.from}`;
    if (!runs.has(key)) runs.set(key, run);
    runs.get(key)!.names.push(`\`${name}\``);
  }
  return [...runs.values()];
}

/** What an order costs in each process, as a table beside the baselines, and as a chart. */
function budget(run: Latest, language: Language): string {
  const ours = numbers(run['cpu_us_per_order']);
  const others = ['textbook', 'floor'].map((name) => numbers(run[`${name}_cpu_us_per_order`]));
  const whole = sum(ours);
  const body = Object.entries(ours).map(([process, us]) => [
    `\`${process}\``,
    shown(us),
    `${Math.round((100 * us) / whole)} %`,
    ...others.map((other) => cell(other[process], language)),
  ]);
  const total = [
    NAMES['sum']![language],
    shown(whole),
    '100 %',
    ...others.map((other) => cell(sum(other) || undefined, language)),
  ];
  const slices = Object.entries(ours).map(([process, us]) => `    "${process}" : ${Math.round(us)}`);
  return [
    table(['process', 'ours', 'share', 'textbook', 'floor'], [...body, total], language),
    '',
    '```mermaid',
    'pie showData title CPU per order, µs',
    ...slices,
    '```',
  ].join('\n');
}

/** What kinds of work the services' CPU goes into, beside the bare programs, what costs most first. */
function profile(run: Latest, language: Language): string {
  const [ours, floor] = [numbers(run['profile_us_per_order']), numbers(run['floor_profile_us_per_order'])];
  const nameOf = (kind: string): string =>
    language === 'zh' ? ((kindsInChinese as Readonly<Record<string, string>>)[kind] ?? kind) : kind;
  const body = Object.entries(ours)
    .sort(([, one], [, other]) => other - one)
    .map(([kind, us]) => [nameOf(kind), shown(us), cell(floor[kind], language)]);
  const total = [
    NAMES['sum']![language],
    cell(sum(ours) || undefined, language),
    cell(sum(floor) || undefined, language),
  ];
  return table(['kind', 'ours', 'floor'], [...body, total], language);
}

/** What follows from the costs that were measured. */
function model(run: Latest, language: Language): string {
  const one = (key: string): number => (typeof run[key] === 'number' ? run[key] : NaN);
  const consequences = consequencesOf({
    cores: Number(run.machine['cores']),
    ordersPerSecond: one('orders_per_second'),
    cpuUs: numbers(run['cpu_us_per_order']),
    outsideUs: numbers(run['outside_cpu_us_per_order']),
    relayPerSecond: one('relay_per_second'),
    postgresUs: numbers(run['postgres_cpu_us_per_order']),
    walBytes: one('wal_bytes_per_order'),
    storedBytes: numbers(run['stored_bytes_per_order']),
  });
  const rows = consequences.map(({ what, from, value }) => [what[language], from, value]);
  return table(['limit', 'from', 'reaches'], rows, language);
}

/** How fast a backlog was drained, beside how fast it could have been if no core had ever stood idle. */
function drain(run: Latest, language: Language): string {
  const [rates, costs] = [numbers(run['drain_per_second']), numbers(run['drain_cpu_us_per_order'])];
  const rows = Object.entries(rates).map(([replicas, rate]) => {
    const us = costs[replicas];
    const reach = us && (Number(run.machine['cores']) * 1e6) / us;
    return [`\`${replicas}\``, shown(rate), cell(us, language), cell(reach, language)];
  });
  const heads = ['replicas', 'drained', 'each', 'busy'];
  return table(heads, rows.length > 0 ? rows : [[MISSING[language], '', '', '']], language);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[], language: Language): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = heads.map((name) => NAMES[name]![language]);
  return [line(head), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}

function entries(value: unknown, language: Language): string[][] {
  const found = Object.entries(numbers(value)).map(([name, number]) => [`\`${name}\``, shown(number)]);
  return found.length > 0 ? found : [[MISSING[language], '']];
}

function figure(value: unknown, unit: string, language: Language): string {
  if (typeof value !== 'number') return MISSING[language];
  return unit === '' || unit === '×' ? shown(value) + unit : `${shown(value)} ${unit}`.replace(' /', '/');
}

function cell(value: number | undefined, language: Language): string {
  return value === undefined ? MISSING[language] : shown(value);
}

function numbers(value: unknown): Record<string, number> {
  return typeof value === 'object' && value !== null ? (value as Record<string, number>) : {};
}

function sum(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((total, value) => total + value, 0);
}
