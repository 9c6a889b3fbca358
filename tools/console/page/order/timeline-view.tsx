import type { OrderTrace } from '../../protocol-records.js';
import { duration, visible } from '../format.js';
import { Panel } from '../parts/ui.js';
import { link } from '../router.js';
import { say } from '../state.js';
import { texts } from '../texts.js';
import type { Pair } from '../texts.js';
import {
  type Bar,
  type BarKind,
  buildTimeline,
  createScale,
  type Scale,
  type ServiceTimeline,
  type TimelineRow,
} from './timeline.js';

const kindTexts: Readonly<Record<BarKind, Pair<string>>> = {
  outbox: texts.waitsInOutbox,
  queue: texts.waitsInQueue,
  handled: texts.handled,
  gateway: texts.gatewayCall,
  dead: texts.deadLetter,
};

/** Three services on one time axis: each message in its producer's outbox, in a queue, and handled. */
export function Timeline({
  trace,
  chosen,
}: {
  readonly trace: OrderTrace;
  readonly chosen: string | undefined;
}) {
  const timelines = buildTimeline(trace, Date.now());
  const bars = timelines.flatMap(({ rows }) => rows.flatMap((row) => row.bars));
  const scale = createScale([trace.order.placedAt, ...bars.flatMap(({ start, end }) => [start, end])]);
  return (
    <Panel title={say(texts.timeline)} aside={<Legend />} name="timeline">
      <div class="timeline">
        <Axis scale={scale} />
        {timelines.map((timeline) => (
          <ServiceRows
            timeline={timeline}
            scale={scale}
            orderId={trace.order.id}
            chosen={chosen}
            key={timeline.service}
          />
        ))}
      </div>
      {chosen === undefined && <p class="hint">{say(texts.chooseStep)}</p>}
    </Panel>
  );
}

function Legend() {
  return (
    <span class="legend">
      {Object.entries(kindTexts).map(([kind, text]) => (
        <span key={kind}>
          <i class={`bar ${kind}`} /> {say(text)}
        </span>
      ))}
    </span>
  );
}

function Axis({ scale }: { readonly scale: Scale }) {
  return (
    <div class="axis" aria-hidden="true">
      {scale.ticks.map(({ at, label }) => (
        <span key={label} style={{ left: `${at}%` }}>
          {label === 0 ? '0' : duration(label)}
        </span>
      ))}
      {scale.cuts.map(({ at, ms }) => (
        <span key={at} class="cut" style={{ left: `${at}%` }}>
          ⋯ {duration(ms)} ⋯
        </span>
      ))}
    </div>
  );
}

interface RowsProps {
  readonly timeline: ServiceTimeline;
  readonly scale: Scale;
  readonly orderId: string;
  readonly chosen: string | undefined;
}

function ServiceRows({ timeline: { service, rows }, scale, orderId, chosen }: RowsProps) {
  return (
    <section class={`service-rows ${service}`} aria-label={say(texts[service])}>
      <h3>{say(texts[service])}</h3>
      {rows.length === 0 && <p class="hint">{say(texts.none)}</p>}
      {rows.map((row) => (
        <Row
          row={row}
          scale={scale}
          orderId={orderId}
          isChosen={row.message !== undefined && row.message.id === chosen}
          key={row.key}
        />
      ))}
    </section>
  );
}

const arrows = { publishes: '→', receives: '←', gateway: '⇄' } as const;

function Row({
  row,
  scale,
  orderId,
  isChosen,
}: {
  readonly row: TimelineRow;
  readonly scale: Scale;
  readonly orderId: string;
  readonly isChosen: boolean;
}) {
  const { message, isBad } = row;
  const content = <RowContent row={row} scale={scale} />;
  const style = `step ${isBad ? 'bad' : ''} ${isChosen ? 'chosen' : ''}`;
  if (!message) return <div class={style}>{content}</div>;
  return (
    <a
      class={style}
      href={isChosen ? link('orders', orderId) : link('orders', orderId, message.id)}
      data-message={message.id}
    >
      {content}
    </a>
  );
}

function RowContent({ row, scale }: { readonly row: TimelineRow; readonly scale: Scale }) {
  const { kind, label, bars, note } = row;
  const verb = kind === 'gateway' ? say(texts.gateway) : say(texts[kind]);
  return (
    <>
      <span class="label">
        <span class="arrow" aria-label={verb} role="img">
          {arrows[kind]}
        </span>{' '}
        {label}
      </span>
      <span class="track">
        {bars.map((bar, index) => (
          <BarMark bar={bar} scale={scale} key={index} />
        ))}
        {note !== '' && <NoteMark note={note} bars={bars} scale={scale} />}
      </span>
    </>
  );
}

function BarMark({
  bar: { kind, start, end, isOpen, isBad },
  scale,
}: {
  readonly bar: Bar;
  readonly scale: Scale;
}) {
  const left = scale.at(start);
  const name = `bar ${kind} ${isOpen ? 'open' : ''} ${isBad ? 'bad' : ''}`;
  const title = `${say(kindTexts[kind])}${end > start ? `, ${duration(end - start)}` : ''}`;
  return (
    <i
      class={name}
      title={title}
      style={{ left: `${left}%`, width: `${Math.max(0, scale.at(end) - left)}%` }}
    />
  );
}

/** The note is on the side of the bar that has more space. */
function NoteMark({
  note,
  bars,
  scale,
}: {
  readonly note: string;
  readonly bars: readonly Bar[];
  readonly scale: Scale;
}) {
  const end = scale.at(Math.max(...bars.map((bar) => bar.end)));
  const start = scale.at(bars[0]?.start ?? 0);
  const place = end < 60 ? { left: `calc(${end}% + 10px)` } : { right: `calc(${100 - start}% + 8px)` };
  return (
    <small class="step-note" style={place}>
      {visible(note)}
    </small>
  );
}
