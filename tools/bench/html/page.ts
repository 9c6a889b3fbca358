import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Figure } from '../bench.js';
import { caveatsOf, describeMachineOf, type Found, isThere, originOf, type Report } from '../report.js';
import { bars } from './bars.js';
import { lineChart } from './line-chart.js';
import { escape, shown } from './markup.js';
import { style } from './style.js';

/** What stands at the top, as far as it was measured. */
const HEADLINES: Readonly<Record<string, string>> = {
  orders_per_second: 'placed and completed',
  ratio_textbook: 'of the textbook',
  ratio_floor: 'of the fastest bare programs',
  accept_p99_ms: 'to accept an order, p99',
  completed_p50_ms: 'to complete it, p50',
  completed_p99_ms: 'to complete it, p99',
  relay_per_second: 'out of an outbox',
  flash_sale_sold: 'sold in the flash sale',
  ratio_hot_sku: 'all on one SKU / on many',
  ratio_growth: 'CPU with few orders in the tables / with many',
};

/** One file without anything outside it: no script, no font, no picture to load. */
export async function writePage(file: string, report: Report): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, page(report));
}

export function page(report: Report): string {
  const { results, at, tookSeconds } = report;
  const names = [...results.keys()];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bench: order processing over RabbitMQ</title>
<style>${style}</style>
</head>
<body>
<h1>Order processing over RabbitMQ: what was measured</h1>
<p>${escape(describeMachineOf(report))}</p>
<ul class="caveats">${caveatsOf(report)
    .map((caveat) => `<li>${escape(caveat)}</li>`)
    .join('')}</ul>
<nav>${names.map((name) => `<a href="#${name}">${name}</a>`).join('')}</nav>
<div class="headline">${headline(results)}</div>
${[...results].map(([name, found]) => section(name, found, originOf(report, found))).join('\n')}
<footer>The last run ended at ${escape(at)}, after ${tookSeconds} s. Every scenario ended with the audit of all orders of its shop. The same as data: <code>latest.json</code>; the method: <code>docs/performance.md</code>.</footer>
</body>
</html>
`;
}

function headline(results: Report['results']): string {
  const figures = new Map(
    [...results.values()].flatMap(({ figures }) => figures.map((one) => [one.key, one])),
  );
  return Object.entries(HEADLINES)
    .map(([key, what]) => {
      const figure = figures.get(key);
      if (typeof figure?.value !== 'number') return '';
      const unit = figure.unit || '×';
      return `<div><b>${shown(figure.value)}<small>${escape(unit)}</small></b><span>${escape(what)}</span></div>`;
    })
    .join('\n');
}

function section(name: string, found: Found, origin: string): string {
  const { how, figures, charts, tookSeconds, isVoid } = found;
  const from = origin && `, ${escape(origin)}`;
  const heading = `<h2 id="${name}">${name}<small>${tookSeconds} s${from}</small></h2>`;
  if (isVoid !== undefined)
    return `${heading}\n<p>Void: what was measured does not count.</p><p class="void">${escape(isVoid)}</p>`;
  const known = figures.filter(isThere);
  const single = known.filter(({ value }) => typeof value === 'number');
  return [
    heading,
    `<p>${escape(how)}</p>`,
    `<table class="figures">${single.map(row).join('\n')}</table>`,
    `<div class="grid-of">${charts.map(lineChart).join('\n')}${known.map(bars).join('\n')}</div>`,
  ].join('\n');
}

function row({ key, value, unit, meaning }: Figure): string {
  const number = typeof value === 'number' ? shown(value) : '';
  return (
    `<tr><td><code>${escape(key)}</code></td><td class="number">${number}</td>` +
    `<td class="unit">${escape(unit)}</td><td>${escape(meaning)}</td></tr>`
  );
}
