import { subscriptions } from '#contracts';
import { partitionQueue } from '#messaging';
import { type ServiceName, serviceNames } from '../client/api-types.js';

import { linkNames } from './links.js';
import { Random } from './random.js';

export const gatewayOperations = ['authorize', 'capture', 'void', 'refund'] as const;
/** Target of `database read-only` that changes the databases of every service. */
const WHOLE_SERVER = 'server';
const GATEWAY_ERRORS = ['401', '404', '429', '500'] as const;
const PARTITIONS = 4;
const queueNames = subscriptions.flatMap(({ consumer }) =>
  Array.from({ length: PARTITIONS }, (_, partition) => partitionQueue(consumer, partition)),
);

/**
 * Kinds of faults by target. Faults of one group never overlap in a plan. A removed binding is not among them: messages
 * published meanwhile are lost for its queue, which the audit reports.
 */
export const faultGroups = {
  servers: [
    'broker killed',
    'broker restarted',
    'broker resource alarm',
    'database crashed',
    'database sessions terminated',
  ],
  processes: ['order killed', 'inventory killed', 'payment killed', 'gateway killed'],
  links: ['link cut', 'link slow', 'link black-holed', 'link reset'],
  gateway: [
    'gateway slow',
    'gateway declines',
    'gateway fails',
    'gateway times out after charging',
    'gateway responds twice',
    'gateway rejects everything',
  ],
  queues: ['queue suspended'],
  databases: ['database read-only', 'database permission revoked', 'database tables locked'],
} as const;
type FaultGroup = keyof typeof faultGroups;

export type FaultKind = (typeof faultGroups)[FaultGroup][number];
export const faultKinds: readonly FaultKind[] = Object.values(faultGroups).flat();

export interface Fault {
  readonly kind: FaultKind;
  /** Time of the injection, since the start of the load. */
  readonly atMs: number;
  /** Time between injection and revert. */
  readonly durationMs: number;
  /** A link, a replica (`order 2`), a queue, a service by its database, an operation or status code of the gateway. */
  readonly target?: string;
}

/** The random decisions of a run, except for its order requests. */
export interface Plan {
  readonly seed: number;
  readonly durationMs: number;
  readonly replicas: Readonly<Record<ServiceName, number>>;
  /** Sorted by `atMs`. */
  readonly faults: readonly Fault[];
}

/** A plan of at least this duration contains every kind of fault. */
export const ALL_KINDS_MIN_DURATION_MS = 120_000;

/** Bounds of the pause between two faults of a group and of a fault's duration. A restarted server needs seconds more. */
const faultTiming: Readonly<Record<FaultGroup, { readonly pauseMs: Bounds; readonly durationMs: Bounds }>> = {
  servers: { pauseMs: [4_000, 12_000], durationMs: [500, 5_000] },
  processes: { pauseMs: [1_500, 6_000], durationMs: [200, 4_000] },
  links: { pauseMs: [1_000, 5_000], durationMs: [500, 8_000] },
  gateway: { pauseMs: [1_000, 6_000], durationMs: [1_000, 6_000] },
  queues: { pauseMs: [4_000, 12_000], durationMs: [1_000, 8_000] },
  databases: { pauseMs: [4_000, 12_000], durationMs: [1_000, 6_000] },
};
type Bounds = readonly [min: number, max: number];

/** A pure function: the same seed and duration give the same plan, until a version adds a kind of fault. */
export function createPlan(seed: number, durationMs: number): Plan {
  const random = new Random(seed);
  const replicas = Object.fromEntries(serviceNames.map((service) => [service, random.integer(1, 2)]));
  const plan = { seed, durationMs, replicas: replicas as Record<ServiceName, number> };
  const groups = Object.keys(faultGroups) as FaultGroup[];
  const faults = groups.flatMap((group) => planGroup(group, plan, random));
  return { ...plan, faults: faults.toSorted((a, b) => a.atMs - b.atMs) };
}

/** Faults one after another; every kind of the group occurs once, in random order, before any kind repeats. */
function planGroup(group: FaultGroup, plan: Omit<Plan, 'faults'>, random: Random): Fault[] {
  const { pauseMs, durationMs } = faultTiming[group];
  const faults: Fault[] = [];
  let kinds: FaultKind[] = [];
  for (let atMs = random.integer(...pauseMs); ;) {
    if (kinds.length === 0) kinds = random.shuffle<FaultKind>(faultGroups[group]);
    const kind = kinds.pop() as FaultKind;
    const target = pickTarget(kind, plan, random);
    const fault = {
      kind,
      atMs,
      durationMs: random.integer(...durationMs),
      ...(target !== undefined && { target }),
    };
    if (fault.atMs + fault.durationMs > plan.durationMs) return faults;
    faults.push(fault);
    atMs += fault.durationMs + random.integer(...pauseMs);
  }
}

function pickTarget(kind: FaultKind, { replicas }: Omit<Plan, 'faults'>, random: Random): string | undefined {
  if (kind.startsWith('link ')) return random.pick(linkNames);
  if (kind === 'queue suspended') return random.pick(queueNames);
  if (kind === 'database read-only') return random.pick([WHOLE_SERVER, ...serviceNames]);
  if (isDatabaseKind(kind)) return random.pick(serviceNames);
  if (kind === 'gateway rejects everything') return random.pick(GATEWAY_ERRORS);
  // A declined refund waits for an operator, so the shop would never become idle.
  if (kind === 'gateway declines') return random.pick(['authorize', 'capture', 'void']);
  if (kind === 'gateway killed') return undefined;
  if (kind.startsWith('gateway ')) return random.pick(gatewayOperations);
  const killed = serviceNames.find((service) => kind === `${service} killed`);
  return killed && `${killed} ${random.integer(1, replicas[killed])}`;
}

function isDatabaseKind(kind: FaultKind): boolean {
  const kinds: readonly FaultKind[] = ['database sessions terminated', ...faultGroups.databases];
  return kinds.includes(kind);
}

/** The plan as text, one line per fault. */
export function describePlan({ seed, durationMs, replicas, faults }: Plan): string {
  const counts = serviceNames.map((service) => `${replicas[service]} × ${service}`).join(', ');
  const lines = faults.map(({ kind, atMs, durationMs, target = '' }) =>
    `${formatSeconds(atMs).padStart(7)}  for ${formatSeconds(durationMs).padStart(5)}  ${kind.padEnd(33)} ${target}`.trimEnd(),
  );
  return [`seed ${seed}, ${formatSeconds(durationMs)}: ${counts}; ${faults.length} faults`, ...lines].join(
    '\n',
  );
}

function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
