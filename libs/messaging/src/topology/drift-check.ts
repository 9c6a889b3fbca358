import { type ManagementApi, ManagementApiUnavailableError } from '../amqp/management-api.js';
import type { BrokerConnection } from '../amqp/connection.js';
import type { Topology } from './topology.js';
import { diffTopology, listTopologyEntries, readTopology } from './topology-diff.js';
import { findMissingByName } from './missing-by-name.js';

export interface DriftCheckOptions {
  readonly connection: BrokerConnection;
  /** What its service cannot work without. */
  readonly desired: Topology;
  /** Without it only exchanges and queues can be looked for: AMQP tells nobody which bindings there are. */
  readonly management: ManagementApi | undefined;
  /** How long the broker is not asked again once nothing was found, in ms. */
  readonly intervalMs: number;
}

/** Named one by one; of the others, how many. */
const LISTED_MAX = 5;
/** Looks that may fail before that is worth a word: a broker that begins anew needs some seconds. */
const FAILURES_TOLERATED = 2;

/**
 * Compares what a service needs of the broker with what is there. A message that misses one of its consumers is not
 * unroutable, and nothing else would say so: neither the broker, nor the producer, nor the consumer that never hears of it.
 */
export class DriftCheck {
  private drift: string | undefined;
  private nextCheckAtMs = 0;
  private failures = 0;

  constructor(private readonly options: DriftCheckOptions) {}

  /**
   * What is missing or different, in words, or undefined. Where nothing was, nothing is for the next `everyMs`.
   *
   * @throws when the broker cannot be asked; what was known stands. After several times that is the answer
   */
  async check(): Promise<string | undefined> {
    if (performance.now() < this.nextCheckAtMs) return this.drift;
    try {
      this.drift = await this.compare();
      this.failures = 0;
      // Who puts it right wants to see it soon.
      if (this.drift === undefined) this.nextCheckAtMs = performance.now() + this.options.intervalMs;
      return this.drift;
    } catch (error) {
      this.failures += 1;
      if (!(error instanceof ManagementApiUnavailableError) || this.failures <= FAILURES_TOLERATED)
        throw error;
      return this.drift ?? `cannot be compared: ${error.message}`;
    }
  }

  private async compare(): Promise<string | undefined> {
    const { connection, desired, management } = this.options;
    if (!management) {
      const missing = await findMissingByName(connection.current, desired);
      return describeFinding('missing', listTopologyEntries(missing));
    }
    const { missing, different } = diffTopology(desired, await readTopology(management));
    const findings = [
      describeFinding('missing', listTopologyEntries(missing)),
      describeFinding(
        'declared differently',
        different.map(({ name }) => name),
      ),
    ];
    return findings.filter((finding) => finding !== undefined).join('; ') || undefined;
  }
}

function describeFinding(label: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length > LISTED_MAX ? ` and ${names.length - LISTED_MAX} more` : '';
  return `${label}: ${names.slice(0, LISTED_MAX).join(', ')}${more}`;
}
