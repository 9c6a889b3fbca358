import type { ComponentChildren } from 'preact';
import type { LiveSnapshot, QueueState, ServiceName } from '../../protocol.js';
import { duration, figure, visible } from '../format.js';
import { Sparkline } from '../parts/sparkline.js';
import { Panel } from '../parts/ui.js';
import { live, points, say } from '../state.js';
import { texts } from '../texts.js';
import { MessageDots } from './message-dots.js';

const SPARK_POINTS = 60;
const services: readonly ServiceName[] = ['order', 'inventory', 'payment'];

/** The path of messages: order → outbox → exchange → queues → inventory and payment, and back. */
export function Topology() {
  const snapshot = live.value;
  return (
    <Panel title={say(texts.topology)} aside={<BrokerFigures snapshot={snapshot} />} name="topology">
      <div class="map">
        {services.map((service) => (
          <ServiceNodes service={service} key={service} />
        ))}
        <GatewayNode />
        <MessageDots />
      </div>
    </Panel>
  );
}

function ServiceNodes({ service }: { readonly service: ServiceName }) {
  const state = live.value?.services[service];
  const { outboxPending, outboxOldestMs = 0, parked = 0 } = state ?? {};
  return (
    <>
      <ServiceNode service={service} />
      <Node
        name={`${service}.outbox`}
        kind="store"
        title={say(texts.outbox)}
        tone={parked > 0 ? 'bad' : outboxOldestMs > 5_000 ? 'warn' : ''}
      >
        <b>{figure(outboxPending)}</b> {say(texts.pending)}
        {outboxOldestMs > 1_000 && <small>{duration(outboxOldestMs)}</small>}
        {parked > 0 && (
          <small>
            {parked} {say(texts.parked)}
          </small>
        )}
      </Node>
      <Node name={`${service}.events`} kind="exchange" title={`${service}.events`}>
        <b>{figure(state?.writtenPerSecond, 1)}</b> {say(texts.perSecond)}
      </Node>
      <QueueNode service={service} />
    </>
  );
}

function ServiceNode({ service }: { readonly service: ServiceName }) {
  const state = live.value?.services[service];
  const { health, replicas, alarms = [] } = state ?? {};
  const tone = health === undefined || health === 'ok' ? '' : health === 'degraded' ? 'warn' : 'bad';
  const problem = {
    degraded: texts.degraded,
    'not-ready': texts.notReady,
    unreachable: texts.unreachable,
    ok: undefined,
  };
  const text = health && problem[health];
  return (
    <Node name={service} kind="service" title={say(texts[service])} tone={tone}>
      {replicas !== undefined && <span title={say(texts.replicas)}>×{replicas}</span>}
      <small title={alarms.map((alarm) => visible(alarm)).join('\n')}>{text ? say(text) : ''}</small>
    </Node>
  );
}

function GatewayNode() {
  const { inFlight, retrying = 0, parked = 0, modes = {} } = live.value?.gateway ?? {};
  const faults = [...new Set(Object.values(modes).map(({ behaviour }) => behaviour))];
  const tone = parked > 0 ? 'bad' : retrying > 0 || faults.length > 0 ? 'warn' : '';
  return (
    <Node name="gateway" kind="external" title={say(texts.gateway)} tone={tone}>
      <b>{figure(inFlight)}</b> {say(texts.inFlight)}
      {retrying > 0 && (
        <small>
          {retrying} {say(texts.retrying)}
        </small>
      )}
      {faults.length > 0 && <small>{faults.join(', ')}</small>}
    </Node>
  );
}

function QueueNode({ service }: { readonly service: ServiceName }) {
  const queues = (live.value?.queues ?? []).filter(({ consumer }) => consumer.startsWith(`${service}.`));
  const consumer = queues[0]?.consumer ?? '';
  const isDown = queues.length > 0 && queues.every(({ consumers }) => consumers === 0);
  const total = queues.reduce((sum, { ready }) => sum + ready, 0);
  return (
    <Node
      name={`${service}.queues`}
      kind="queues"
      title={consumer || `${service}.…`}
      tone={isDown ? 'bad' : total > 100 ? 'warn' : ''}
    >
      <ol>
        {queues.map((queue) => (
          <PartitionRow queue={queue} key={queue.name} />
        ))}
      </ol>
      {isDown && <small>{say(texts.noConsumer)}</small>}
    </Node>
  );
}

function PartitionRow({ queue: { name, partition, ready, unacknowledged } }: { readonly queue: QueueState }) {
  const depths = points.value.slice(-SPARK_POINTS).map(({ depths }) => depths[name] ?? 0);
  const detail = `${name}: ${ready} ${say(texts.ready)}, ${unacknowledged ?? '?'} ${say(texts.unacked)}`;
  return (
    <li title={detail} data-queue={name} data-ready={ready}>
      <span class="index">{partition}</span>
      <Sparkline values={depths} />
      <b class={ready > 0 ? 'depth' : 'depth zero'}>{figure(ready)}</b>
    </li>
  );
}

function Node({
  name,
  kind,
  title,
  tone = '',
  children,
}: {
  readonly name: string;
  readonly kind: string;
  readonly title: string;
  readonly tone?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <div class={`node ${kind} ${tone}`} data-node={name} data-area={name.replace('.', '-')}>
      <h3>{title}</h3>
      <div class="state">{children}</div>
    </div>
  );
}

function BrokerFigures({ snapshot }: { readonly snapshot: LiveSnapshot | undefined }) {
  const { unrouted, retries = {}, services: states } = snapshot ?? {};
  const delayed = Object.values(retries).reduce((sum, count) => sum + count, 0);
  const alarms = Object.entries(states ?? {}).flatMap(([service, { alarms }]) =>
    alarms.map((alarm) => `${service} · ${alarm}`),
  );
  return (
    <>
      <span
        class={delayed > 0 ? 'fact warn' : 'fact'}
        title={Object.entries(retries)
          .map(([step, n]) => `${step}: ${n}`)
          .join('  ')}
      >
        {say(texts.delayed)} <b>{figure(delayed)}</b>
      </span>
      <span class={unrouted ? 'fact bad' : 'fact'}>
        {say(texts.unrouted)} <b>{figure(unrouted)}</b>
      </span>
      <span class={alarms.length > 0 ? 'fact warn' : 'fact'} title={alarms.join('\n')}>
        {alarms.length > 0
          ? `${say(texts.alarms)} ${alarms.length}: ${visible(alarms[0] ?? '')}`
          : say(texts.noAlarms)}
      </span>
    </>
  );
}
