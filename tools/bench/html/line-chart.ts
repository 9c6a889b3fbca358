import type { Chart } from '../chart.js';
import { colorClass, escapeHtml, formatShort } from './markup.js';

const [WIDTH, HEIGHT] = [560, 240];
const EDGE = { left: 46, right: 10, top: 8, bottom: 24 };
const TICKS = 4;
/** More points than this are no more to be seen. */
const POINTS_MAX = 400;

interface Scale {
  /** From a value to a place, in the units of the drawing. */
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

/** A chart as a figure with its legend: a drawing without a script, so that it can be read and printed anywhere. */
export function lineChart(chart: Chart): string {
  const lines = Object.entries(chart.lines).filter(([, line]) => line.some((value) => value !== null));
  if (lines.length === 0 || chart.at.length < 2) return '';
  const values = lines.flatMap(([, line]) => line.filter((value) => value !== null));
  const y = chart.axis === 'percentiles' ? logarithmic(values) : linear(0, Math.max(...values), bottomUp);
  const x = chart.axis === 'percentiles' ? evenlySpaced(chart.at) : linear(0, chart.at.at(-1)!, leftToRight);
  const xOf = (index: number): number =>
    chart.axis === 'percentiles' ? x.place(index) : x.place(chart.at[index]!);
  return [
    `<figure class="chart"><figcaption><b>${escapeHtml(chart.title)}</b> <span>${escapeHtml(chart.unit)}</span></figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(chart.title)}">`,
    ...y.ticks.map((tick) => horizontalLine(y.place(tick), formatShort(tick))),
    ...xLabels(chart, x),
    ...lines.map(
      ([name, line], index) =>
        `<path class="line ${colorClass(name, index)}" d="${toPath(line, xOf, y)}"><title>${escapeHtml(name)}</title></path>`,
    ),
    '</svg>',
    legend(lines.map(([name, line]) => [name, Math.max(...line.filter((value) => value !== null))])),
    '</figure>',
  ].join('\n');
}

function legend(lines: readonly (readonly [name: string, largest: number])[]): string {
  const items = lines.map(
    ([name, largest], index) =>
      `<li><i class="${colorClass(name, index)}"></i>${escapeHtml(name)} <em>max ${formatShort(largest)}</em></li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

function toPath(line: readonly (number | null)[], xOf: (index: number) => number, y: Scale): string {
  const every = Math.max(1, Math.ceil(line.length / POINTS_MAX));
  let path = '';
  let isDrawing = false;
  line.forEach((value, index) => {
    if (index % every !== 0 && index !== line.length - 1) return;
    if (value !== null) path += `${isDrawing ? 'L' : 'M'}${round(xOf(index))} ${round(y.place(value))}`;
    isDrawing = value !== null;
  });
  return path;
}

function horizontalLine(y: number, label: string): string {
  return (
    `<path class="grid" d="M${EDGE.left} ${round(y)}H${WIDTH - EDGE.right}"/>` +
    `<text class="axis" x="${EDGE.left - 6}" y="${round(y + 4)}" text-anchor="end">${label}</text>`
  );
}

function xLabels({ axis, at }: Chart, x: Scale): string[] {
  const labels: readonly (readonly [number, string])[] =
    axis === 'percentiles'
      ? at.map((percent, index) => [x.place(index), percentileLabel(percent)])
      : x.ticks.map((tick) => [x.place(tick), tick === 0 ? '0' : `${formatShort(tick)} s`]);
  return labels.map(
    ([place, label]) =>
      `<text class="axis" x="${round(place)}" y="${HEIGHT - 6}" text-anchor="middle">${label}</text>`,
  );
}

function percentileLabel(percent: number): string {
  if (percent === 0) return 'min';
  return percent === 100 ? 'max' : `p${percent}`;
}

const bottomUp = (part: number): number => HEIGHT - EDGE.bottom - part * (HEIGHT - EDGE.top - EDGE.bottom);
const leftToRight = (part: number): number => EDGE.left + part * (WIDTH - EDGE.left - EDGE.right - 12);

/** From 0 to a round number that is no smaller than `max`, with a tick at round numbers. */
function linear(min: number, max: number, placeOf: (part: number) => number): Scale {
  const step = roundUpToTick((max - min || 1) / TICKS);
  const steps = Math.ceil((max - min || 1) / step);
  const isTime = placeOf === leftToRight;
  const top = isTime ? max : min + step * steps;
  const ticks = Array.from({ length: steps + 1 }, (_, index) => min + step * index);
  return {
    place: (value) => placeOf((value - min) / (top - min || 1)),
    ticks: ticks.filter((tick) => tick <= top),
  };
}

/** Powers of ten, so that the slowest of all does not flatten the rest. */
function logarithmic(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0);
  const [low, high] = [
    Math.floor(Math.log10(Math.min(...positive))),
    Math.ceil(Math.log10(Math.max(...positive))),
  ];
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  return {
    place: (value) => bottomUp((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low || 1)),
    ticks,
  };
}

function evenlySpaced(at: readonly number[]): Scale {
  return { place: (index) => leftToRight(index / (at.length - 1)), ticks: [] };
}

/** The next of 1, 2, 5, 10, 20, … */
function roundUpToTick(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((digit) => digit * power >= value) ?? 10);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
