/** A policy of the broker that changes how a queue behaves. */
export interface PolicyEffect {
  readonly queue: string;
  /** The policy and the operator policy that apply to the queue; RabbitMQ merges their definitions. */
  readonly policies: readonly string[];
  /** The merged definition without the keys that only place the queue. */
  readonly definition: Readonly<Record<string, unknown>>;
}

/** A queue of the management API, with the policies that apply to it. */
export interface QueueWithPolicies {
  readonly name: string;
  readonly policy?: string | null;
  readonly operator_policy?: string | null;
  readonly effective_policy_definition?: Readonly<Record<string, unknown>> | readonly [] | null;
}

/** Keys that decide where a queue and its replicas are, or who copies it. They neither drop nor reroute a message. */
const HARMLESS = /^(ha-|federation-upstream|queue-leader-locator|queue-master-locator|target-group-size)/;

/**
 * The queues whose messages a policy can drop, expire, reroute or refuse, such as `max-length`, `expires` and
 * `delivery-limit`. Arguments of the queue do not protect it: RabbitMQ applies the smaller limit.
 */
export function findPolicyEffects(queues: readonly QueueWithPolicies[]): PolicyEffect[] {
  return queues.flatMap(
    ({ name, policy, operator_policy: operatorPolicy, effective_policy_definition: given }) => {
      const definition = Object.fromEntries(
        Object.entries(given ?? {}).filter(([key]) => !HARMLESS.test(key)),
      );
      if (Object.keys(definition).length === 0) return [];
      const policies = [
        ...(policy ? [`policy ${policy}`] : []),
        ...(operatorPolicy ? [`operator policy ${operatorPolicy}`] : []),
      ];
      return [{ queue: name, policies, definition }];
    },
  );
}

/** One line per effect: `policy limits on inventory.order-processing.1 ({"max-length":5})`. */
export function describePolicyEffect({ queue, policies, definition }: PolicyEffect): string {
  return `${policies.join(' and ')} on ${queue} (${JSON.stringify(definition)})`;
}
