import { Random } from './random.js';
import { type ServiceName, serviceNames } from '../client/api-types.js';

/** The links that can be broken. */
export const linkNames = [
  'client–order',
  'order–broker',
  'inventory–broker',
  'payment–broker',
  'order–database',
  'inventory–database',
  'payment–database',
  'payment–gateway',
] as const;
export type LinkName = (typeof linkNames)[number];

const operations = ['authorize', 'capture', 'void', 'refund'] as const;

/** What can be broken, and so what can be broken only once at a time: each has a lane of its own in the plan. */
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
  ],
} as const;
type FaultGroup = keyof typeof faultGroups;

export type FaultKind = (typeof faultGroups)[FaultGroup][number];
export const faultKinds: readonly FaultKind[] = Object.values(faultGroups).flat();

/** One fault: what breaks, when, and for how long. */
export interface Fault {
  readonly kind: FaultKind;
  /** Since the first order. */
  readonly atMs: number;
  /** How long it stays broken, before it is mended or started again. */
  readonly durationMs: number;
  /** Which link, which replica (`order 2`), whose sessions, or which operation of the gateway. */
  readonly target?: string;
}

/** Everything that chance decides about a run, but for what the shoppers wish. */
export interface Plan {
  readonly seed: number;
  readonly durationMs: number;
  readonly replicas: Readonly<Record<ServiceName, number>>;
  /** In the order in which they begin. */
  readonly faults: readonly Fault[];
}

/** From this length on a plan has every kind of fault. */
export const ALL_KINDS_MIN_DURATION_MS = 120_000;

/** Pauses between the faults of a lane, and how long each lasts; a server takes seconds more to be back. */
const faultTiming: Readonly<Record<FaultGroup, { readonly pauseMs: Bounds; readonly forMs: Bounds }>> = {
  servers: { pauseMs: [4_000, 12_000], forMs: [500, 5_000] },
  processes: { pauseMs: [1_500, 6_000], forMs: [200, 4_000] },
  links: { pauseMs: [1_000, 5_000], forMs: [500, 8_000] },
  gateway: { pauseMs: [1_000, 6_000], forMs: [1_000, 6_000] },
};
type Bounds = readonly [min: number, max: number];

/** A pure function: the same seed and length, the same plan. */
export function createPlan(seed: number, durationMs: number): Plan {
  const random = new Random(seed);
  const replicas = Object.fromEntries(serviceNames.map((service) => [service, random.integer(1, 2)]));
  const plan = { seed, durationMs, replicas: replicas as Record<ServiceName, number> };
  const groups = Object.keys(faultGroups) as FaultGroup[];
  const faults = groups.flatMap((group) => planGroup(group, plan, random));
  return { ...plan, faults: faults.toSorted((a, b) => a.atMs - b.atMs) };
}

/** One after the other. All kinds of the lane come up, in a new order, before one of them comes up again. */
function planGroup(group: FaultGroup, plan: Omit<Plan, 'faults'>, random: Random): Fault[] {
  const { pauseMs, forMs } = faultTiming[group];
  const faults: Fault[] = [];
  let kinds: FaultKind[] = [];
  for (let atMs = random.integer(...pauseMs); ;) {
    if (kinds.length === 0) kinds = random.shuffle<FaultKind>(faultGroups[group]);
    const kind = kinds.pop() as FaultKind;
    const target = pickTarget(kind, plan, random);
    const fault = {
      kind,
      atMs,
      durationMs: random.integer(...forMs),
      ...(target !== undefined && { target }),
    };
    if (fault.atMs + fault.durationMs > plan.durationMs) return faults;
    faults.push(fault);
    atMs += fault.durationMs + random.integer(...pauseMs);
  }
}

function pickTarget(kind: FaultKind, { replicas }: Omit<Plan, 'faults'>, random: Random): string | undefined {
  if (kind.startsWith('link ')) return random.pick(linkNames);
  if (kind === 'database sessions terminated') return random.pick(serviceNames);
  // A refund that is refused waits for an operator, and nothing would ever be quiet.
  if (kind === 'gateway declines') return random.pick(['authorize', 'capture', 'void']);
  if (kind === 'gateway killed') return undefined;
  if (kind.startsWith('gateway ')) return random.pick(operations);
  const killed = serviceNames.find((service) => kind === `${service} killed`);
  return killed && `${killed} ${random.integer(1, replicas[killed])}`;
}

/** The plan for a person: a line per fault. */
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
