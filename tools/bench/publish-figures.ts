import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figure } from './bench.js';
import type { Report } from './report.js';

/** Other programs used the cores in the last minute; a compile before the bench stays below it. */
const LOAD_AVERAGE_MAX = 1;
const BLOCK = /(<!-- figures of npm run bench -- --publish -->\n).*?(<!-- end of figures -->)/s;

interface Row {
  readonly key: string;
  readonly en: string;
  readonly zh: string;
  readonly unit: string;
}

const rows: readonly Row[] = [
  row('orders_per_second', 'orders placed and completed', '下单并完成的订单', '/s'),
  row('ratio_textbook', 'the same, against the textbook', '与教科书写法相比', '×'),
  row('ratio_bare', 'the same, against the fastest bare programs', '与最快的最简实现相比', '×'),
  row('cpu_us_per_order', 'CPU of one order, services and servers', '每单 CPU，服务加服务器', ' µs'),
  row(
    'accepted_p50_ms',
    'time to accept an order at half of that rate, median',
    '以一半速率下单，受理用时中位数',
    ' ms',
  ),
  row('accepted_p99_ms', 'the same, p99', '同上，p99', ' ms'),
  row('completed_p50_ms', 'time to complete it, median', '完成用时中位数', ' ms'),
  row('completed_p99_ms', 'the same, p99', '同上，p99', ' ms'),
  row('relay_per_second', 'events published from the outbox and confirmed', '从发件箱发布并确认的事件', '/s'),
  row('ratio_relay', 'the same, against publishing from memory', '与直接从内存发布相比', '×'),
];

function row(key: string, en: string, zh: string, unit: string): Row {
  return { key, en, zh, unit };
}

/** @throws Error when other programs use the machine: their figures would not be the shop's */
export function assertIdleMachine(loadAverage: number): void {
  if (loadAverage <= LOAD_AVERAGE_MAX) return;
  throw new Error(
    `--publish needs an idle machine: the load of the last minute is ${loadAverage.toFixed(1)}, ` +
      `at most ${LOAD_AVERAGE_MAX} is accepted. End other programs, or omit --publish.`,
  );
}

/**
 * Replaces the block of figures in `docs/explanation/performance.md` and its Chinese page.
 *
 * @returns the pages
 * @throws Error when a page has no block, or the report none of its figures
 */
export async function publishFigures(root: string, report: Report): Promise<string[]> {
  const folder = join('docs', 'explanation');
  const blocks = {
    'performance.md': describeEnglish(report),
    'performance.zh-CN.md': describeChinese(report),
  };
  const written = Object.entries(blocks).map(async ([name, block]) => {
    const page = join(folder, name);
    const text = await readFile(join(root, page), 'utf8');
    if (!BLOCK.test(text)) throw new Error(`${page} has no block of figures`);
    await writeFile(
      join(root, page),
      text.replace(BLOCK, (_, start: string, end: string) => start + block + end),
    );
    return page;
  });
  return Promise.all(written);
}

function describeEnglish(report: Report): string {
  const { commit, date, machine } = describeRun(report);
  return (
    `With the servers of \`docker-compose.yml\`, one run of commit ${commit} on ${date}, ${machine}.\n\n` +
    formatTable('| what | figure |', report, ({ en }) => en)
  );
}

function describeChinese(report: Report): string {
  const { commit, date, machine } = describeRun(report);
  return (
    `使用 \`docker-compose.yml\` 的服务器版本，提交 ${commit} 的一次运行，${date}，${machine}。\n\n` +
    formatTable('| 内容 | 数值 |', report, ({ zh }) => zh)
  );
}

function describeRun({ at, commit = 'unknown', machine }: Report) {
  const { cores, model, memoryGb, node, postgres, durability, rabbitmq } = machine;
  return {
    commit: `\`${commit}\``,
    date: at.slice(0, 10),
    machine: `${cores} cores, ${model}, ${memoryGb} GB; Node.js ${node}, ${postgres} (${durability}), ${rabbitmq}`,
  };
}

function formatTable(head: string, { scenarios }: Report, label: (row: Row) => string): string {
  const figures = [...scenarios.values()].flatMap((outcome) => outcome.figures);
  const lines = rows.flatMap((one) => {
    const figure = figures.find(({ key }) => key === one.key);
    return figure === undefined ? [] : [`| ${label(one)} | ${formatValue(figure)}${one.unit} |`];
  });
  if (lines.length === 0)
    throw new Error('the run has no figure of the pages: run order-flow, latency or relay');
  return [head, '|---|---|', ...lines, ''].join('\n');
}

/** Three digits; the sum of a figure with several values. */
function formatValue({ value }: Figure): string {
  const sum =
    typeof value === 'number' ? value : Object.values(value).reduce((total, part) => total + part, 0);
  return Number(sum.toPrecision(3)).toLocaleString('en');
}
