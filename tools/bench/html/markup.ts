/** Text as it may stand in an element or in an attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** At most three digits, `12,300` or `0.873`: more than the scatter of a run justifies, and enough to compare. */
export function formatNumber(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}

/** As {@link formatNumber}, for the edge of a chart: `20k`, `1.5M`. */
export function formatShort(value: number): string {
  if (value >= 1e6) return `${formatNumber(value / 1e6)}M`;
  return value >= 1e4 ? `${formatNumber(value / 1e3)}k` : formatNumber(value);
}

/** One colour for each process in every chart of the page. */
const PROCESSES = ['order', 'inventory', 'payment', 'postgres', 'rabbitmq', 'gateway-simulator'];
const GREY = 9;

/** The class that gives a line or a bar its colour, and tells replicas of one service apart. */
export function colorClass(name: string, index: number): string {
  if (name === 'load generator') return `c${GREY}`;
  const [process = '', replica] = name.split(/ (?=\d+$)/);
  const known = PROCESSES.indexOf(process);
  const colour = known >= 0 ? known : index % GREY;
  return replica === undefined ? `c${colour}` : `c${colour} replica${replica}`;
}
