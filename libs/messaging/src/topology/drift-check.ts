import { type ManagementApi, ManagementApiUnavailableError } from '../amqp/management-api.js';
import type { BrokerConnection } from '../amqp/connection.js';
import { describePolicyEffect } from './policy-effects.js';
import type { Topology } from './topology.js';
import { diffTopology, listTopologyEntries, readTopology } from './topology-diff.js';
import { findMissingByName } from './missing-by-name.js';

/** Options of a {@link DriftCheck}. */
export interface DriftCheckOptions {
  /** Used without the management API, for passive declarations. Required. */
  readonly connection: BrokerConnection;
  /** The entries that the service needs; see `topologyForService`. Required. */
  readonly desired: Topology;
  /** Required to check bindings and arguments. If undefined, only the names of exchanges and queues are checked. */
  readonly management: ManagementApi | undefined;
  /** Pause after a check that found no drift, in ms. Required. */
  readonly intervalMs: number;
}

/** Maximum of names in a description; further ones are counted. */
const LISTED_MAX = 5;
/** Consecutive failed checks without a finding: a broker restart takes some seconds. */
const FAILURES_TOLERATED = 2;

/**
 * Compares the topology that a service needs with the broker's. A missing binding is otherwise invisible if the event has
 * another consumer: the message is routable then, so neither broker, producer nor consumer reports an error.
 */
export class DriftCheck {
  private drift: string | undefined;
  private nextCheckAtMs = 0;
  private failures = 0;

  constructor(private readonly options: DriftCheckOptions) {}

  /**
   * Describes the drift, or resolves to undefined without one. A result without drift is cached for `intervalMs`.
   *
   * @throws ManagementApiUnavailableError the first two times in a row; after that the failure is the description
   * @throws BrokerUnavailableError while disconnected, without a management API
   */
  async check(): Promise<string | undefined> {
    if (performance.now() < this.nextCheckAtMs) return this.drift;
    try {
      this.drift = await this.compare();
      this.failures = 0;
      // Only without drift: a repair is then seen by the next check.
      if (this.drift === undefined) this.nextCheckAtMs = performance.now() + this.options.intervalMs;
      return this.drift;
    } catch (error) {
      this.failures += 1;
      if (!(error instanceof ManagementApiUnavailableError) || this.failures <= FAILURES_TOLERATED)
        throw error;
      return this.drift ?? `topology not compared: ${error.message}`;
    }
  }

  private async compare(): Promise<string | undefined> {
    const { connection, desired, management } = this.options;
    if (!management) {
      const missing = await findMissingByName(connection.current, desired);
      return describeFinding('missing', listTopologyEntries(missing));
    }
    const { missing, different, policies } = diffTopology(desired, await readTopology(management));
    const findings = [
      describeFinding('missing', listTopologyEntries(missing)),
      describeFinding(
        'declared differently',
        different.map(({ name }) => name),
      ),
      describeFinding('changed by a policy', policies.map(describePolicyEffect)),
    ];
    return findings.filter((finding) => finding !== undefined).join('; ') || undefined;
  }
}

function describeFinding(label: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length > LISTED_MAX ? ` and ${names.length - LISTED_MAX} more` : '';
  return `${label}: ${names.slice(0, LISTED_MAX).join(', ')}${more}`;
}
