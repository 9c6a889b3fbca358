import type { Figure } from '../bench.js';
import { classOf, escape, shown } from './markup.js';

/** What adds up as one bar of its parts; the rest as one bar each, of the largest. Empty for a single number. */
export function bars({ key, value, unit, addsUp = false }: Figure): string {
  if (typeof value === 'number') return '';
  const parts = Object.entries(value);
  const whole = parts.reduce((sum, [, part]) => sum + part, 0);
  const caption = addsUp ? `${shown(whole)} ${unit}` : unit;
  return [
    `<figure class="bars"><figcaption><b>${escape(key)}</b> <span>${escape(caption)}</span></figcaption>`,
    addsUp ? stacked(parts, whole) : '',
    beside(parts, addsUp ? whole : Math.max(...parts.map(([, part]) => part)), addsUp),
    '</figure>',
  ].join('\n');
}

type Part = readonly [name: string, value: number];

function stacked(parts: readonly Part[], whole: number): string {
  const segments = parts.map(
    ([name, part], index) =>
      `<i class="${classOf(name, index)}" style="width:${percent(part, whole)}" title="${escape(name)}"></i>`,
  );
  return `<div class="stack">${segments.join('')}</div>`;
}

function beside(parts: readonly Part[], full: number, isLegend: boolean): string {
  const rows = parts.map(([name, part], index) => {
    const colour = classOf(name, index);
    const bar = isLegend
      ? `<td class="share">${percent(part, full)}</td>`
      : `<td class="bar"><i class="${colour}" style="width:${percent(part, full)}"></i></td>`;
    return `<tr><th><i class="dot ${colour}"></i>${escape(name)}</th><td class="number">${shown(part)}</td>${bar}</tr>`;
  });
  return `<table class="parts">${rows.join('')}</table>`;
}

function percent(part: number, whole: number): string {
  return `${Math.round((1000 * part) / (whole || 1)) / 10}%`;
}
