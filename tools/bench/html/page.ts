import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Figure } from '../bench.js';
import {
  listCaveats,
  describeSystem,
  type ScenarioReport,
  isMeasured,
  describeRun,
  type Report,
} from '../report.js';
import { barChart } from './bars.js';
import { lineChart } from './line-chart.js';
import { escapeHtml, formatNumber } from './markup.js';
import { style } from './style.js';

/** What stands at the top, as far as it was measured. */
const HEADLINES: Readonly<Record<string, string>> = {
  orders_per_second: 'placed and completed',
  ratio_textbook: 'of the textbook',
  ratio_bare: 'of the fastest bare programs',
  accepted_p99_ms: 'to accept an order, p99',
  completed_p50_ms: 'to complete it, p50',
  completed_p99_ms: 'to complete it, p99',
  relay_per_second: 'out of an outbox',
  flash_sale_sold: 'sold in the flash sale',
  ratio_hot_sku: 'all on one SKU / on many',
  ratio_growth_cpu: 'CPU with few orders in the tables / with many',
};

/** One file without anything outside it: no script, no font, no picture to load. */
export async function writePage(file: string, report: Report): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, renderPage(report));
}

export function renderPage(report: Report): string {
  const { results, at, durationSeconds } = report;
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
<p>${escapeHtml(describeSystem(report))}</p>
<ul class="caveats">${listCaveats(report)
    .map((caveat) => `<li>${escapeHtml(caveat)}</li>`)
    .join('')}</ul>
<nav>${names.map((name) => `<a href="#${name}">${name}</a>`).join('')}</nav>
<div class="headline">${renderHeadline(results)}</div>
${[...results].map(([name, found]) => renderSection(name, found, describeRun(report, found))).join('\n')}
<footer>The last run ended at ${escapeHtml(at)}, after ${durationSeconds} s. Every scenario ended with the audit of all orders of its shop. The same as data: <code>latest.json</code>; the method: <code>docs/performance.md</code>.</footer>
</body>
</html>
`;
}

function renderHeadline(results: Report['results']): string {
  const figures = new Map(
    [...results.values()].flatMap(({ figures }) => figures.map((one) => [one.key, one])),
  );
  return Object.entries(HEADLINES)
    .map(([key, what]) => {
      const figure = figures.get(key);
      if (typeof figure?.value !== 'number') return '';
      const unit = figure.unit || '×';
      return `<div><b>${formatNumber(figure.value)}<small>${escapeHtml(unit)}</small></b><span>${escapeHtml(what)}</span></div>`;
    })
    .join('\n');
}

function renderSection(name: string, found: ScenarioReport, origin: string): string {
  const { how, figures, charts, durationSeconds, invalidReason } = found;
  const from = origin && `, ${escapeHtml(origin)}`;
  const heading = `<h2 id="${name}">${name}<small>${durationSeconds} s${from}</small></h2>`;
  if (invalidReason !== undefined)
    return `${heading}\n<p>Invalid: what was measured does not count.</p><p class="invalid">${escapeHtml(invalidReason)}</p>`;
  const known = figures.filter(isMeasured);
  const single = known.filter(({ value }) => typeof value === 'number');
  return [
    heading,
    `<p>${escapeHtml(how)}</p>`,
    `<table class="figures">${single.map(renderRow).join('\n')}</table>`,
    `<div class="grid-of">${charts.map(lineChart).join('\n')}${known.map(barChart).join('\n')}</div>`,
  ].join('\n');
}

function renderRow({ key, value, unit, meaning }: Figure): string {
  const number = typeof value === 'number' ? formatNumber(value) : '';
  return (
    `<tr><td><code>${escapeHtml(key)}</code></td><td class="number">${number}</td>` +
    `<td class="unit">${escapeHtml(unit)}</td><td>${escapeHtml(meaning)}</td></tr>`
  );
}
