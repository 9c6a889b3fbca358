import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { RatePoint } from '../../protocol.js';
import { clock, figure } from '../format.js';
import { points, say, theme } from '../state.js';
import { texts } from '../texts.js';

export interface Series {
  readonly label: string;
  /** A variable of the stylesheet. */
  readonly color: string;
  readonly value: (point: RatePoint) => number | null;
}

export interface ChartOptions {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
  readonly format?: (value: number) => string;
}

const HEIGHT = 110;

/** A live chart of the last five minutes, with the newest figures in its heading. */
export function Chart({ title, unit, series, format = (value) => figure(value, 1) }: ChartOptions) {
  const host = useRef<HTMLDivElement>(null);
  const newest = points.value.at(-1);
  const labels = series.map(({ label }) => label).join();
  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    return draw(element, series, format);
  }, [theme.value, labels]);
  return (
    <figure class="chart">
      <figcaption>
        <span class="name">{title}</span>
        {series.map(({ label, color, value }) => {
          const current = newest && value(newest);
          return (
            <span class="value" key={label}>
              <i class={`key ${color}`} /> {series.length > 1 && `${label} `}
              <b>{current === null || current === undefined ? '–' : format(current)}</b>
            </span>
          );
        })}
        <span class="unit">{unit}</span>
      </figcaption>
      <div ref={host} role="img" aria-label={say(texts.chart)(title)} />
    </figure>
  );
}

/** Draws until the returned function is called; every new point is added. */
function draw(
  element: HTMLDivElement,
  series: readonly Series[],
  format: (value: number) => string,
): () => void {
  const style = getComputedStyle(document.documentElement);
  const css = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: css('faint'),
    grid: { stroke: css('line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  const toData = (): uPlot.AlignedData => [
    points.peek().map(({ at }) => at / 1_000),
    ...series.map(({ value }) => points.peek().map(value)),
  ];
  const plot = new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      padding: [6, 4, 0, 0],
      cursor: { points: { size: 5 }, y: false, drag: { x: false, y: false } },
      scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 0) * 1.15)] } },
      axes: [
        { ...axis, space: 90, size: 20, values: (_plot, ticks) => ticks.map((at) => clock(at * 1_000)) },
        { ...axis, size: 46, space: 26, values: (_plot, ticks) => ticks.map(format) },
      ],
      series: [
        {},
        ...series.map(({ label, color }) => ({
          label,
          stroke: css(color),
          width: 1.5,
          points: { show: false },
          ...(series.length === 1 && { fill: `${css(color)}22` }),
        })),
      ],
    },
    toData(),
    element,
  );
  const unsubscribe = points.subscribe(() => plot.setData(toData()));
  const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
  observer.observe(element);
  return () => {
    unsubscribe();
    observer.disconnect();
    plot.destroy();
  };
}
