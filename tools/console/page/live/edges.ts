/** How an edge leaves and enters its boxes, in the wide and in the narrow layout. */
export type Route = 'across' | 'down' | 'up' | 'right-gutter' | 'left-gutter';

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly wide: Route;
  readonly narrow: Route;
}

/** The path of a message through the shop. */
export const edges: readonly Edge[] = [
  { from: 'order', to: 'order.outbox', wide: 'across', narrow: 'across' },
  { from: 'order.outbox', to: 'order.events', wide: 'across', narrow: 'down' },
  { from: 'order.events', to: 'inventory.queues', wide: 'across', narrow: 'down' },
  { from: 'order.events', to: 'payment.queues', wide: 'across', narrow: 'down' },
  { from: 'inventory.queues', to: 'inventory', wide: 'across', narrow: 'down' },
  { from: 'inventory', to: 'inventory.outbox', wide: 'across', narrow: 'down' },
  { from: 'inventory.outbox', to: 'inventory.events', wide: 'across', narrow: 'down' },
  { from: 'payment.queues', to: 'payment', wide: 'across', narrow: 'down' },
  { from: 'payment', to: 'gateway', wide: 'down', narrow: 'down' },
  { from: 'payment', to: 'payment.outbox', wide: 'across', narrow: 'right-gutter' },
  { from: 'payment.outbox', to: 'payment.events', wide: 'across', narrow: 'down' },
  { from: 'inventory.events', to: 'order.queues', wide: 'right-gutter', narrow: 'down' },
  { from: 'payment.events', to: 'order.queues', wide: 'right-gutter', narrow: 'down' },
  { from: 'order.queues', to: 'order', wide: 'up', narrow: 'left-gutter' },
];

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const RADIUS = 8;

/** The SVG path of an edge between two boxes. @param width of the whole drawing, in pixels */
export function edgePath(from: Box, to: Box, route: Route, width: number): string {
  const fromX = (from.left + from.right) / 2;
  const fromY = (from.top + from.bottom) / 2;
  const toX = (to.left + to.right) / 2;
  const toY = (to.top + to.bottom) / 2;
  if (route === 'across') {
    const middle = (from.right + to.left) / 2;
    return `M${from.right} ${fromY} C${middle} ${fromY} ${middle} ${toY} ${to.left} ${toY}`;
  }
  if (route === 'down') {
    const x = Math.min(Math.max(fromX, to.left + RADIUS), to.right - RADIUS);
    const start = Math.min(Math.max(x, from.left + RADIUS), from.right - RADIUS);
    const middle = (from.bottom + to.top) / 2;
    return `M${start} ${from.bottom} C${start} ${middle} ${x} ${middle} ${x} ${to.top}`;
  }
  if (route === 'up') {
    const x = Math.max(to.left + RADIUS, Math.min(toX, from.right - RADIUS));
    return `M${x} ${from.top} L${x} ${to.bottom}`;
  }
  const isRight = route === 'right-gutter';
  const x = isRight ? Math.min(width - 2, Math.max(from.right, to.right) + 12) : 2;
  const [startX, endX] = isRight ? [from.right, to.right] : [from.left, to.left];
  const sign = isRight ? 1 : -1;
  const turn = Math.sign(toY - fromY) * RADIUS;
  return (
    `M${startX} ${fromY} H${x - sign * RADIUS} Q${x} ${fromY} ${x} ${fromY + turn} ` +
    `V${toY - turn} Q${x} ${toY} ${x - sign * RADIUS} ${toY} H${endX}`
  );
}
