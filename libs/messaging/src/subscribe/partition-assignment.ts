import { setTimeout as delay } from 'node:timers/promises';
import { within } from '../amqp/within.js';
import type { BrokerConnection } from '../amqp/connection.js';
import type { Log } from '#observability';
import { assignPartitions } from './partition-owners.js';
import type { QueueSubscription } from './queue-subscription.js';
import { ReplicaMembership } from './replica-membership.js';

export interface PartitionAssignmentOptions {
  /** The service's own database, where its replicas know each other by advisory locks. */
  readonly databaseUrl: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly log: Log;
}

const CHECK_INTERVAL_MS = 1_000;
const STOP_TIMEOUT_MS = 1_000;

/**
 * Shares the partitions of a service between its replicas. Each is subscribed to all of them, and of each the broker
 * delivers to whoever subscribed first. So each replica computes, from who is alive, whose a partition is, and if it is
 * not its own subscribes anew, to the end of the line; the owner is then the first. Messages stay in order: what is in
 * hand is finished before, and the rest goes back to the queue, to be delivered to the owner before anything else.
 *
 * A replica that becomes an owner must be in line before the others step back. Therefore it shows itself only once it
 * is subscribed to everything, and takes a new number, upon which the others step back again, when a subscription to
 * one of its own partitions has become younger than what it last knew of the others.
 *
 * Without the database nothing changes: whoever consumes goes on. Live replicas share evenly within 10 s of one coming
 * or going.
 */
export class PartitionAssignment {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private membership: ReplicaMembership | undefined;
  private owners: readonly (number | undefined)[] = [];

  constructor(
    private readonly connection: BrokerConnection,
    private readonly partitions: readonly QueueSubscription[],
    private readonly options: PartitionAssignmentOptions,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Gives the seat up: the others share our partitions as soon as we are gone. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.membership?.destroy();
    await within(STOP_TIMEOUT_MS, this.running);
  }

  /** Whether there are more replicas than partitions and this one is to have none: it stands by. */
  get isIdle(): boolean {
    return (
      this.membership !== undefined &&
      this.owners.length > 0 &&
      !this.owners.includes(this.membership.memberId)
    );
  }

  /** How many partitions this replica is to have; undefined while it has no seat, and things stay as they are. */
  get ownedCount(): number | undefined {
    const { membership, owners } = this;
    return membership && owners.length > 0
      ? owners.filter((number) => number === membership.memberId).length
      : undefined;
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      try {
        if (this.partitions.every(({ isSubscribed }) => isSubscribed)) await this.runMembership();
      } catch (error) {
        if (!this.isStopping)
          this.options.log.warn({ err: error }, 'partition rebalance failed; assignment unchanged');
      }
      await this.pause();
    }
  }

  /** Holds a seat until the broker or the database is lost. */
  private async runMembership(): Promise<void> {
    let knownSubscriptions: readonly number[] = this.subscriptionNumbers();
    const membership = await ReplicaMembership.join(this.options.databaseUrl, this.options.applicationName);
    this.membership = membership;
    this.owners = [];
    try {
      while (!this.isStopping && this.connection.state !== 'disconnected') {
        knownSubscriptions = await this.rebalance(membership, knownSubscriptions);
        await this.pause();
      }
    } finally {
      this.membership = undefined;
      await membership.close();
    }
  }

  /** Does what has to be done about who is there now. `known` and the result are {@link subscriptions}. */
  private async rebalance(
    membership: ReplicaMembership,
    knownSubscriptions: readonly number[],
  ): Promise<readonly number[]> {
    const subscriptions = this.subscriptionNumbers();
    const previousOwners = this.owners;
    let owners = await this.computeOwners(membership);
    const hasNewSubscription = subscriptions.some(
      (number, index) =>
        owners[index] === membership.memberId && number !== 0 && number !== knownSubscriptions[index],
    );
    if (hasNewSubscription) {
      await membership.bumpGeneration();
      owners = await this.computeOwners(membership);
    }
    this.owners = owners;
    const others = this.partitions.filter(
      (_, index) => owners[index] !== membership.memberId && owners[index] !== previousOwners[index],
    );
    await membership.waitWithHeartbeat(Promise.all(others.map((partition) => partition.yieldPartition())));
    return subscriptions;
  }

  private async computeOwners(membership: ReplicaMembership): Promise<(number | undefined)[]> {
    return assignPartitions(await membership.members(), this.partitions.length);
  }

  /** The number of each partition's present subscription, 0 without one. */
  private subscriptionNumbers(): number[] {
    return this.partitions.map(({ isSubscribed, subscriptionCount }) =>
      isSubscribed ? subscriptionCount : 0,
    );
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private pause(): Promise<void> {
    return delay(CHECK_INTERVAL_MS, undefined, { signal: this.stopping.signal }).catch(() => {});
  }
}
