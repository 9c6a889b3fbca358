import { BackgroundLoop } from '#concurrency';
import type { Log } from '#observability';
import type { ManagementApi } from '../amqp/management-api.js';
import { SLOT_COUNT } from '../routing.js';
import type { Binding, Topology } from '../topology/topology.js';
import { diffTopology, listTopologyEntries, readBindings } from '../topology/topology-diff.js';

/** Options of a {@link RouteCheck}. */
export interface RouteCheckOptions {
  /** The exchange to which the service publishes its events. Required. */
  readonly exchange: string;
  /** The topology of all services: the bindings of `exchange` belong to its subscribers. Required. */
  readonly topology: Topology;
  /** Lists the bindings. If undefined, no slot is ever held, because AMQP cannot list bindings. */
  readonly management: ManagementApi | undefined;
  /** Pause between two checks, in ms. Required. */
  readonly intervalMs: number;
  /** Receives a warning when slots are held and an info line when they are released. Required. */
  readonly log: Log;
}

/** Slots whose events would miss a subscriber. */
export interface HeldSlots {
  readonly slots: ReadonlySet<string>;
  /** The slots and the missing bindings, for the readiness report. */
  readonly reason: string;
}

/** Longest time that `start` waits for the first check, in ms. */
const FIRST_CHECK_MAX_MS = 2_000;
/** Maximum of bindings in a reason; further ones are counted. */
const LISTED_MAX = 3;
const ALL_SLOTS = Array.from({ length: SLOT_COUNT }, (_, slot) => String(slot));

/**
 * Finds the slots of an exchange that lack a binding. The broker confirms an event that misses one of several subscribers, so
 * the relay must not publish it. A deleted queue or exchange has no bindings, and is found as well.
 *
 * Not seen: an event that is published between the removal of a binding and the next check. A check that fails changes nothing:
 * slots that are not known to be held are published, and slots that are held stay held.
 */
export class RouteCheck {
  private readonly loop: BackgroundLoop;
  private readonly desired: Topology;
  private current: HeldSlots | undefined;
  private onFirstCheck: () => void = () => {};

  constructor(private readonly options: RouteCheckOptions) {
    const { exchange, topology, intervalMs, log } = options;
    const bindings = topology.bindings.filter((binding) => binding.exchange === exchange);
    this.desired = { exchanges: [], queues: [], bindings };
    this.loop = new BackgroundLoop({
      intervalMs,
      runOnce: () => this.check(),
      log,
      failureMessage: 'bindings not checked; publishing continues',
    });
  }

  /** The slots to leave in the outbox, as of the last successful check; undefined when every binding exists. */
  get held(): HeldSlots | undefined {
    return this.current;
  }

  /** Starts checking. Resolves after the first check, at most after 2 s. Never rejects. Call it once. */
  async start(): Promise<void> {
    if (!this.options.management) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, FIRST_CHECK_MAX_MS);
      this.onFirstCheck = () => {
        clearTimeout(timer);
        resolve();
      };
      this.loop.start();
    });
  }

  /** Resolves when the current check has ended. */
  stop(): Promise<void> {
    return this.loop.stop();
  }

  private async check(): Promise<void> {
    const { management, exchange, log } = this.options;
    try {
      const actual = { exchanges: [], queues: [], bindings: await readBindings(management!) };
      const { missing } = diffTopology(this.desired, actual);
      const held = missing.bindings.length > 0 ? describeHeld(missing.bindings) : undefined;
      if (held && held.reason !== this.current?.reason)
        log.warn({ exchange, detail: held.reason }, 'bindings missing; slots held');
      if (!held && this.current) log.info({ exchange }, 'bindings restored; slots released');
      this.current = held;
    } finally {
      this.onFirstCheck();
    }
  }
}

function describeHeld(bindings: readonly Binding[]): HeldSlots {
  const slots = new Set(bindings.flatMap(({ routingKey }) => matchedSlots(routingKey)));
  const names = listTopologyEntries({ exchanges: [], queues: [], bindings });
  const more = names.length > LISTED_MAX ? ` and ${names.length - LISTED_MAX} more` : '';
  const label = slots.size === 1 ? 'slot' : 'slots';
  const which = slots.size === SLOT_COUNT ? 'every slot' : `${label} ${[...slots].join(', ')}`;
  return { slots, reason: `${which} held, missing: ${names.slice(0, LISTED_MAX).join(', ')}${more}` };
}

/** The slot is the last word of a binding's routing key; `*` matches every slot. */
function matchedSlots(routingKey: string): readonly string[] {
  const word = routingKey.split('.').at(-1)!;
  return word === '*' ? ALL_SLOTS : [word];
}
