import { type Service, services } from '#contracts';
import type { ManagementApi } from '../amqp/management-api.js';
import { type Binding, type Exchange, type Queue, type Topology } from './topology.js';
import { findPolicyEffects, type PolicyEffect, type QueueWithPolicies } from './policy-effects.js';
import { UNROUTED } from '../routing.js';

/** The differences between a desired topology and the broker's, of managed names only. */
export interface TopologyDiff {
  /** Desired and not on the broker: a consumer may miss messages. */
  readonly missing: Topology;
  /** On the broker with other arguments; RabbitMQ cannot change them. */
  readonly different: readonly { readonly name: string; readonly desired: object; readonly actual: object }[];
  /** On the broker and not desired. */
  readonly extra: Topology;
  /** Policies that change desired queues: they can drop, expire, reroute or refuse messages. */
  readonly policies: readonly PolicyEffect[];
}

/** The broker's topology, with the policies that change its queues. */
export interface ActualTopology extends Topology {
  /** Default none. */
  readonly policies?: readonly PolicyEffect[];
}

/** Whether a name belongs to this system: `unrouted`, or prefixed with a service's name. */
export function isManagedName(name: string): boolean {
  return name === UNROUTED || services.some((service) => name.startsWith(`${service}.`));
}

/** Compares a desired topology with the actual one. Bindings of unmanaged queues are ignored. */
export function diffTopology(desired: Topology, actual: ActualTopology): TopologyDiff {
  const actualByName = { exchanges: byName(actual.exchanges), queues: byName(actual.queues) };
  const desiredByName = { exchanges: byName(desired.exchanges), queues: byName(desired.queues) };
  const desiredBindings = new Set(desired.bindings.map(bindingKey));
  const actualBindings = new Set(actual.bindings.map(bindingKey));
  return {
    missing: {
      exchanges: desired.exchanges.filter(({ name }) => !actualByName.exchanges.has(name)),
      queues: desired.queues.filter(({ name }) => !actualByName.queues.has(name)),
      bindings: desired.bindings.filter((binding) => !actualBindings.has(bindingKey(binding))),
    },
    different: [...desired.exchanges, ...desired.queues].flatMap((item) => {
      const other =
        'arguments' in item ? actualByName.queues.get(item.name) : actualByName.exchanges.get(item.name);
      return other && canonicalJson(other) !== canonicalJson(item)
        ? [{ name: item.name, desired: item, actual: other }]
        : [];
    }),
    extra: {
      exchanges: actual.exchanges.filter(
        ({ name }) => isManagedName(name) && !desiredByName.exchanges.has(name),
      ),
      queues: actual.queues.filter(({ name }) => isManagedName(name) && !desiredByName.queues.has(name)),
      bindings: actual.bindings.filter(
        (binding) =>
          isManagedName(binding.queue) &&
          binding.exchange !== '' &&
          !desiredBindings.has(bindingKey(binding)),
      ),
    },
    policies: (actual.policies ?? []).filter(({ queue }) => desiredByName.queues.has(queue)),
  };
}

/** The part of a topology that a service needs: its exchanges and queues, their bindings, and `unrouted`. */
export function topologyForService(service: Service, { exchanges, queues, bindings }: Topology): Topology {
  const isNeeded = (name: string): boolean => name === UNROUTED || name.startsWith(`${service}.`);
  return {
    exchanges: exchanges.filter(({ name }) => isNeeded(name)),
    queues: queues.filter(({ name }) => isNeeded(name)),
    bindings: bindings.filter(({ queue }) => isNeeded(queue)),
  };
}

/** One line per entry, for example `binding order.events → inventory.order-processing.1 (order.placed.1)`. */
export function listTopologyEntries({ exchanges, queues, bindings }: Topology): string[] {
  return [
    ...exchanges.map(({ name }) => `exchange ${name}`),
    ...queues.map(({ name }) => `queue ${name}`),
    ...bindings.map(({ exchange, queue, routingKey }) => `binding ${exchange} → ${queue} (${routingKey})`),
  ];
}

/**
 * Reads every exchange, queue and binding of the virtual host, and the policies that change its queues.
 *
 * @throws ManagementApiUnavailableError
 */
export async function readTopology(management: ManagementApi): Promise<ActualTopology> {
  const [exchanges, queues, bindings] = await Promise.all([
    management.list<ApiExchange>('exchanges'),
    management.list<Queue & QueueWithPolicies>('queues'),
    readBindings(management),
  ]);
  return {
    exchanges: exchanges.map(({ name, type, internal, arguments: given }) => ({
      name,
      type: type as Exchange['type'],
      ...(given['alternate-exchange'] !== undefined && { alternateExchange: given['alternate-exchange'] }),
      ...(internal && { internal }),
    })),
    queues: queues.map(({ name, arguments: given }) => ({ name, arguments: given })),
    bindings,
    policies: findPolicyEffects(queues),
  };
}

/**
 * Reads every binding of a queue in the virtual host.
 *
 * @throws ManagementApiUnavailableError
 */
export async function readBindings(management: ManagementApi): Promise<Binding[]> {
  const bindings = await management.list<ApiBinding>('bindings');
  return bindings
    .filter(({ destination_type: type }) => type === 'queue')
    .map(({ source, destination, routing_key: routingKey }) => ({
      queue: destination,
      exchange: source,
      routingKey,
    }));
}

interface ApiExchange {
  readonly name: string;
  readonly type: string;
  readonly internal: boolean;
  readonly arguments: { readonly 'alternate-exchange'?: string };
}

interface ApiBinding {
  readonly source: string;
  readonly destination: string;
  readonly destination_type: string;
  readonly routing_key: string;
}

function byName<Item extends { readonly name: string }>(items: readonly Item[]): Map<string, Item> {
  return new Map(items.map((item) => [item.name, item]));
}

function bindingKey({ queue, exchange, routingKey }: Binding): string {
  return JSON.stringify([queue, exchange, routingKey]);
}

/** JSON with sorted members: equal for equal objects. */
function canonicalJson(value: object): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
