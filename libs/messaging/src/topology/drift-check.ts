import type { ChannelModel } from 'amqplib';
import { type BrokerManagement, ManagementUnavailable } from '../amqp/management-api.js';
import type { BrokerConnection } from '../amqp/connection.js';
import { BrokerUnavailable } from '../errors.js';
import type { Topology } from './topology.js';
import { diffTopology, namesIn, readTopology } from './topology-diff.js';
import { missingByName } from './missing-by-name.js';

export interface TopologyWatchOptions {
  readonly connection: BrokerConnection;
  /** What its service cannot work without. */
  readonly wanted: Topology;
  /** Without it only exchanges and queues can be looked for: AMQP tells nobody which bindings there are. */
  readonly management: BrokerManagement | undefined;
  /** How long the broker is not asked again once nothing was found, in ms. */
  readonly everyMs: number;
}

/** Named one by one; of the others, how many. */
const NAMED_MAX = 5;
/** Looks that may fail before that is worth a word: a broker that begins anew needs some seconds. */
const FAILURES_BORNE = 2;

/**
 * Compares what a service needs of the broker with what is there. A message that misses one of its consumers is not
 * unroutable, and nothing else would say so: neither the broker, nor the producer, nor the consumer that never hears of it.
 */
export class TopologyWatch {
  private model: ChannelModel | undefined;
  private found: string | undefined;
  private dueAt = 0;
  private failures = 0;

  constructor(private readonly options: TopologyWatchOptions) {
    const { connection } = options;
    connection.onConnected((model) => {
      this.model = model;
    });
    connection.onState((state) => {
      if (state === 'disconnected') this.model = undefined;
    });
  }

  /**
   * What is missing or different, in words, or undefined. Where nothing was, nothing is for the next `everyMs`.
   *
   * @throws when the broker cannot be asked; what was known stands. After several times that is the answer
   */
  async look(): Promise<string | undefined> {
    if (performance.now() < this.dueAt) return this.found;
    try {
      this.found = await this.compare();
      this.failures = 0;
      // Who puts it right wants to see it soon.
      if (this.found === undefined) this.dueAt = performance.now() + this.options.everyMs;
      return this.found;
    } catch (error) {
      this.failures += 1;
      if (!(error instanceof ManagementUnavailable) || this.failures <= FAILURES_BORNE) throw error;
      return this.found ?? `cannot be compared: ${error.message}`;
    }
  }

  private async compare(): Promise<string | undefined> {
    const { wanted, management } = this.options;
    if (!management) {
      if (!this.model) throw new BrokerUnavailable('not connected to the broker');
      return inWords('missing', namesIn(await missingByName(this.model, wanted)));
    }
    const { missing, different } = diffTopology(wanted, await readTopology(management));
    const findings = [
      inWords('missing', namesIn(missing)),
      inWords(
        'declared otherwise',
        different.map(({ name }) => name),
      ),
    ];
    return findings.filter((finding) => finding !== undefined).join('; ') || undefined;
  }
}

function inWords(what: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : '';
  return `${what}: ${names.slice(0, NAMED_MAX).join(', ')}${more}`;
}
