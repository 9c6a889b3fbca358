import type { Figure } from '../bench.js';
import { colorClass, escapeHtml, formatNumber } from './markup.js';

/** What adds up as one bar of its parts; the rest as one bar each, of the largest. Empty for a single number. */
export function barChart({ key, value, unit, isAdditive = false }: Figure): string {
  if (typeof value === 'number') return '';
  const parts = Object.entries(value);
  const whole = parts.reduce((sum, [, part]) => sum + part, 0);
  const caption = isAdditive ? `${formatNumber(whole)} ${unit}` : unit;
  return [
    `<figure class="bars"><figcaption><b>${escapeHtml(key)}</b> <span>${escapeHtml(caption)}</span></figcaption>`,
    isAdditive ? stackedBar(parts, whole) : '',
    partsTable(parts, isAdditive ? whole : Math.max(...parts.map(([, part]) => part)), isAdditive),
    '</figure>',
  ].join('\n');
}

type Part = readonly [name: string, value: number];

function stackedBar(parts: readonly Part[], whole: number): string {
  const segments = parts.map(
    ([name, part], index) =>
      `<i class="${colorClass(name, index)}" style="width:${percent(part, whole)}" title="${escapeHtml(name)}"></i>`,
  );
  return `<div class="stack">${segments.join('')}</div>`;
}

function partsTable(parts: readonly Part[], full: number, isLegend: boolean): string {
  const rows = parts.map(([name, part], index) => {
    const colour = colorClass(name, index);
    const bar = isLegend
      ? `<td class="share">${percent(part, full)}</td>`
      : `<td class="bar"><i class="${colour}" style="width:${percent(part, full)}"></i></td>`;
    return `<tr><th><i class="dot ${colour}"></i>${escapeHtml(name)}</th><td class="number">${formatNumber(part)}</td>${bar}</tr>`;
  });
  return `<table class="parts">${rows.join('')}</table>`;
}

function percent(part: number, whole: number): string {
  return `${Math.round((1000 * part) / (whole || 1)) / 10}%`;
}
