import { BackgroundLoop } from '#concurrency';
import type { Log } from '#observability';
import type { BrokerConnection } from '../amqp/connection.js';
import { waitAtMost } from '../amqp/wait-at-most.js';
import { assignPartitions } from './partition-owners.js';
import type { QueueSubscription } from './queue-subscription.js';
import { ReplicaMembership } from './replica-membership.js';

export interface PartitionAssignmentOptions {
  /** The service's own database, in which its replicas hold advisory locks. Required. */
  readonly databaseUrl: string;
  /** The session's name in `pg_stat_activity`. Required. */
  readonly applicationName: string;
  /** Receives a warning when a rebalance fails. Required. */
  readonly log: Log;
}

const CHECK_INTERVAL_MS = 1_000;
const STOP_TIMEOUT_MS = 1_000;

/**
 * Shares the partitions of a service evenly between its live replicas, as a Kafka consumer group does; RabbitMQ has no
 * such group. Every replica subscribes to every partition. The broker delivers a partition to one subscriber, its single
 * active consumer, and activates the earliest remaining subscription when that one ends.
 *
 * Every second each replica reads the members, computes the owner of each partition ({@link assignPartitions}), and
 * yields the partitions that it does not own: it subscribes again, behind the owner. Order is kept: a replica processes
 * its batch before it yields, and the broker delivers the returned messages to the owner first.
 *
 * An owner must be subscribed before other replicas yield to it. A replica therefore joins the membership only when it is
 * subscribed to every partition. When it has subscribed again to a partition that it owns, it takes a new member id
 * (a new generation), and the other replicas yield once more.
 *
 * Without the database the assignment does not change, and every replica continues to consume. Partitions are shared evenly
 * within 10 s after a replica has joined, left or died.
 */
export class PartitionAssignment {
  private readonly loop: BackgroundLoop;
  private membership: ReplicaMembership | undefined;
  private owners: readonly (number | undefined)[] = [];
  private knownSubscriptions: readonly number[] = [];

  constructor(
    private readonly connection: BrokerConnection,
    private readonly partitions: readonly QueueSubscription[],
    private readonly options: PartitionAssignmentOptions,
  ) {
    this.loop = new BackgroundLoop({
      intervalMs: CHECK_INTERVAL_MS,
      runOnce: () => this.runOnce(),
      log: options.log,
      failureMessage: 'partition rebalance failed; assignment unchanged',
    });
  }

  /** Starts to check the assignment every second. Call it once. */
  start(): void {
    this.loop.start();
  }

  /** Leaves the membership, within 1 s. The remaining replicas then take over this replica's partitions. */
  async stop(): Promise<void> {
    const stopped = this.loop.stop();
    this.membership?.destroy();
    this.membership = undefined;
    await waitAtMost(STOP_TIMEOUT_MS, stopped);
  }

  /** Whether this replica owns no partition because there are more replicas than partitions. */
  get isIdle(): boolean {
    return this.ownedCount === 0;
  }

  /** How many partitions this replica owns; undefined before its first rebalance and while it is no member. */
  get ownedCount(): number | undefined {
    const { membership, owners } = this;
    return membership && owners.length > 0
      ? owners.filter((memberId) => memberId === membership.memberId).length
      : undefined;
  }

  /** Joins, rebalances, or leaves. Leaves as well when the database session is lost, to join again in the next round. */
  private async runOnce(): Promise<void> {
    if (this.connection.state === 'disconnected') return this.leave();
    try {
      this.membership ??= await this.join();
      if (this.loop.isStopping) return await this.leave();
      if (this.membership) await this.rebalance(this.membership);
    } catch (error) {
      await this.leave();
      throw error;
    }
  }

  /** Resolves to undefined while a partition has no subscription. */
  private async join(): Promise<ReplicaMembership | undefined> {
    if (!this.partitions.every(({ isSubscribed }) => isSubscribed)) return undefined;
    this.knownSubscriptions = this.subscriptionNumbers();
    this.owners = [];
    const { databaseUrl, applicationName } = this.options;
    return ReplicaMembership.join(databaseUrl, applicationName);
  }

  private async leave(): Promise<void> {
    const { membership } = this;
    this.membership = undefined;
    await membership?.close();
  }

  /** Yields each partition whose owner has changed to another replica. */
  private async rebalance(membership: ReplicaMembership): Promise<void> {
    const subscriptions = this.subscriptionNumbers();
    const previousOwners = this.owners;
    let owners = await this.computeOwners(membership);
    const hasNewSubscription = subscriptions.some(
      (number, index) =>
        owners[index] === membership.memberId && number !== 0 && number !== this.knownSubscriptions[index],
    );
    if (hasNewSubscription) {
      await membership.renewMemberId();
      owners = await this.computeOwners(membership);
    }
    this.owners = owners;
    const yielded = this.partitions.filter(
      (_, index) => owners[index] !== membership.memberId && owners[index] !== previousOwners[index],
    );
    await membership.waitWithHeartbeat(Promise.all(yielded.map((partition) => partition.releasePartition())));
    this.knownSubscriptions = subscriptions;
  }

  private async computeOwners(membership: ReplicaMembership): Promise<(number | undefined)[]> {
    return assignPartitions(await membership.members(), this.partitions.length);
  }

  /** The number of each partition's current subscription; 0 without one. */
  private subscriptionNumbers(): number[] {
    return this.partitions.map(({ isSubscribed, subscriptionCount }) =>
      isSubscribed ? subscriptionCount : 0,
    );
  }
}
