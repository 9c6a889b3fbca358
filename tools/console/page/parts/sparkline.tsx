const WIDTH = 72;
const HEIGHT = 14;

/** The course of one figure as a small line: the newest value is at the right, 0 at the bottom. */
export function Sparkline({ values }: { readonly values: readonly number[] }) {
  const max = Math.max(1, ...values);
  const step = WIDTH / Math.max(1, values.length - 1);
  const y = (value: number): string => (HEIGHT - 1 - (value / max) * (HEIGHT - 2)).toFixed(1);
  const line = values.map((value, index) => `${(index * step).toFixed(1)},${y(value)}`).join(' ');
  const isFlat = values.every((value) => value === 0);
  return (
    <svg
      class={isFlat ? 'spark flat' : 'spark'}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {!isFlat && <polygon points={`0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}`} />}
      <polyline points={line} />
    </svg>
  );
}
