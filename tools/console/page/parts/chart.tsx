import { useSignal } from '@preact/signals';
import type { RatePoint } from '../../protocol.js';
import { clock, figure } from '../format.js';
import { points, say } from '../state.js';
import { texts } from '../texts.js';

export interface Series {
  readonly label: string;
  /** A class of the stylesheet. */
  readonly color: string;
  readonly value: (point: RatePoint) => number | null;
}

export interface ChartOptions {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
  readonly format?: (value: number) => string;
}

// The drawing is stretched to the width of the page; strokes keep their width.
const WIDTH = 300;
const HEIGHT = 100;
/** The shortest time axis: the first points are not stretched over the whole chart. */
const SPAN_MIN_MS = 60_000;

/** A live chart of the last five minutes. Its heading has the newest figures, or those under the pointer. */
export function Chart({ title, unit, series, format = (value) => figure(value, 1) }: ChartOptions) {
  const hovered = useSignal<number | undefined>(undefined);
  const all = points.value;
  const end = all.at(-1)?.at ?? 0;
  const start = Math.min(all[0]?.at ?? end, end - SPAN_MIN_MS);
  const max = niceMax(Math.max(1, ...all.flatMap((point) => series.map(({ value }) => value(point) ?? 0))));
  const x = (at: number): number => ((at - start) / Math.max(1, end - start)) * WIDTH;
  const y = (value: number): number => HEIGHT - (value / max) * HEIGHT;
  const shown = all[hovered.value ?? all.length - 1];
  const hover = ({ currentTarget, clientX }: PointerEvent): void => {
    const { left, width } = (currentTarget as Element).getBoundingClientRect();
    const at = start + ((clientX - left) / width) * (end - start);
    hovered.value = all.findIndex((point) => point.at >= at);
  };
  return (
    <figure class="chart">
      <Heading title={title} unit={unit} series={series} shown={shown} format={format} />
      <div class="plot" role="img" aria-label={say(texts.chart)(title)}>
        <Scale max={max} format={format} start={start} end={end} />
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          onPointerMove={hover}
          onPointerLeave={() => (hovered.value = undefined)}
        >
          {[0.5, 1].map((share) => (
            <path class="grid" key={share} d={`M0 ${HEIGHT * (1 - share)}H${WIDTH}`} />
          ))}
          {series.map(({ label, color, value }) => (
            <path class={`line ${color}`} key={label} d={linePath(all, value, x, y)} />
          ))}
          {hovered.value !== undefined && shown && <path class="grid" d={`M${x(shown.at)} 0V${HEIGHT}`} />}
        </svg>
      </div>
    </figure>
  );
}

type HeadingProps = Required<ChartOptions> & { readonly shown: RatePoint | undefined };

function Heading({ title, unit, series, shown, format }: HeadingProps) {
  return (
    <figcaption>
      <span class="name">{title}</span>
      {series.map(({ label, color, value }) => {
        const current = shown && value(shown);
        return (
          <span key={label}>
            <i class={`key ${color}`} /> {series.length > 1 && `${label} `}
            <b>{current === null || current === undefined ? '–' : format(current)}</b>
          </span>
        );
      })}
      <span>{unit}</span>
    </figcaption>
  );
}

interface ScaleProps {
  readonly max: number;
  readonly format: (value: number) => string;
  readonly start: number;
  readonly end: number;
}

function Scale({ max, format, start, end }: ScaleProps) {
  return (
    <>
      <span class="y" style={{ top: 0 }}>
        {format(max)}
      </span>
      <span class="y" style={{ top: '50%' }}>
        {format(max / 2)}
      </span>
      <span class="x">{clock(start)}</span>
      <span class="x end">{clock(end)}</span>
    </>
  );
}

/** A line with a gap at each unknown figure. */
function linePath(
  all: readonly RatePoint[],
  value: Series['value'],
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  let isDown = false;
  return all
    .map((point) => {
      const current = value(point);
      const command = isDown ? 'L' : 'M';
      isDown = current !== null;
      return current === null ? '' : `${command}${x(point.at).toFixed(1)} ${y(current).toFixed(1)}`;
    })
    .join('');
}

/** The next of 1, 2, 5, 10, 20, 50, … */
function niceMax(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10) * power;
}
