import { useEffect, useRef } from 'preact/hooks';
import type { LiveSnapshot, ServiceName } from '../../protocol.js';
import { live } from '../state.js';
import { type Box, edgePath, edges } from './edges.js';

const SVG = 'http://www.w3.org/2000/svg';
const DOTS_MAX = 7;
const TRAVEL_MS = 900;

/** Lines between the boxes of the topology, and a dot per message on its way. Many messages share a dot. */
export function MessageDots() {
  const host = useRef<SVGSVGElement>(null);
  useEffect(() => {
    const svg = host.current;
    const container = svg?.parentElement;
    if (!svg || !container) return undefined;
    const layout = (): void => layOut(svg, container);
    const observer = new ResizeObserver(layout);
    observer.observe(container);
    let before: LiveSnapshot | undefined;
    const unsubscribe = live.subscribe((snapshot) => {
      if (snapshot && before && !document.hidden) animate(svg, messageRates(snapshot, before));
      before = snapshot;
    });
    return () => {
      observer.disconnect();
      unsubscribe();
    };
  }, []);
  return <svg class="edges" ref={host} aria-hidden="true" />;
}

function layOut(svg: SVGSVGElement, container: HTMLElement): void {
  const origin = container.getBoundingClientRect();
  const boxes = new Map<string, Box>();
  for (const element of container.querySelectorAll<HTMLElement>('[data-node]')) {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const [x, y] = [origin.left, origin.top];
    boxes.set(element.dataset['node'] ?? '', {
      left: left - x,
      top: top - y,
      right: right - x,
      bottom: bottom - y,
    });
  }
  // The stylesheet decides the layout: the narrow one has two columns.
  const isNarrow = getComputedStyle(container).gridTemplateColumns.split(' ').length === 2;
  svg.replaceChildren(
    ...edges.flatMap(({ from, to, wide, narrow }) => {
      const [source, target] = [boxes.get(from), boxes.get(to)];
      if (!source || !target) return [];
      const path = document.createElementNS(SVG, 'path');
      path.setAttribute('d', edgePath(source, target, isNarrow ? narrow : wide, origin.width));
      path.dataset['edge'] = `${from}>${to}`;
      return path;
    }),
  );
}

/** Messages per second on each edge. */
function messageRates({ services }: LiveSnapshot, before: LiveSnapshot): ReadonlyMap<string, number> {
  const written = (service: ServiceName): number => services[service].writtenPerSecond ?? 0;
  const claimed = (service: ServiceName): number => services[service].claimedPerSecond ?? 0;
  // What is written and does not accumulate has been published.
  const published = (service: ServiceName): number => {
    const change = (services[service].outboxPending ?? 0) - (before.services[service].outboxPending ?? 0);
    return Math.max(0, written(service) - change);
  };
  const fromService = (service: ServiceName) =>
    [
      [`${service}>${service}.outbox`, written(service)],
      [`${service}.outbox>${service}.events`, published(service)],
      [`${service}.queues>${service}`, claimed(service)],
    ] as const;
  return new Map([
    ...fromService('order'),
    ...fromService('inventory'),
    ...fromService('payment'),
    ['order.events>inventory.queues', published('order')],
    ['order.events>payment.queues', published('order')],
    ['inventory.events>order.queues', published('inventory')],
    ['payment.events>order.queues', published('payment')],
    ['payment>gateway', written('payment')],
  ]);
}

function animate(svg: SVGSVGElement, rates: ReadonlyMap<string, number>): void {
  const isReduced = matchMedia('(prefers-reduced-motion: reduce)').matches;
  for (const path of svg.querySelectorAll<SVGPathElement>('path')) {
    const rate = rates.get(path.dataset['edge'] ?? '') ?? 0;
    path.classList.toggle('busy', rate > 0);
    if (isReduced || rate <= 0) continue;
    const dots = Math.min(DOTS_MAX, Math.ceil(rate < 4 ? rate : 2 + Math.log2(rate)));
    for (let dot = 0; dot < dots; dot += 1) sendDot(svg, path, (dot / dots) * 1_000);
  }
}

function sendDot(svg: SVGSVGElement, path: SVGPathElement, delayMs: number): void {
  const dot = document.createElementNS(SVG, 'circle');
  dot.setAttribute('r', '3');
  dot.style.offsetPath = `path("${path.getAttribute('d') ?? ''}")`;
  svg.append(dot);
  const animation = dot.animate(
    [
      { offsetDistance: '0%', opacity: 0 },
      { opacity: 1, offset: 0.15 },
      { opacity: 1, offset: 0.85 },
      { offsetDistance: '100%', opacity: 0 },
    ],
    { duration: TRAVEL_MS, delay: delayMs, easing: 'ease-in-out', fill: 'backwards' },
  );
  for (const end of ['finish', 'cancel']) animation.addEventListener(end, () => dot.remove());
}
