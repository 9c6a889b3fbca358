import { setTimeout as delay } from 'node:timers/promises';
import { atMost } from '../amqp/within.js';
import type { BrokerConnection } from '../amqp/connection.js';
import type { MessagingLog } from '#observability';
import { ownersOf } from './partition-owners.js';
import type { QueueConsumer } from './queue-subscription.js';
import { ReplicaSeat } from './replica-membership.js';

export interface PartitionSharingOptions {
  /** The service's own database, where its replicas know each other by advisory locks. */
  readonly databaseUrl: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly log: MessagingLog;
}

const LOOK_EVERY_MS = 1_000;
const STOP_WITHIN_MS = 1_000;

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
export class PartitionSharing {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private seat: ReplicaSeat | undefined;
  private owners: readonly (number | undefined)[] = [];

  constructor(
    private readonly connection: BrokerConnection,
    private readonly partitions: readonly QueueConsumer[],
    private readonly options: PartitionSharingOptions,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Gives the seat up: the others share our partitions as soon as we are gone. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.seat?.abandon();
    await atMost(STOP_WITHIN_MS, this.running);
  }

  /** Whether there are more replicas than partitions and this one is to have none: it stands by. */
  get isIdle(): boolean {
    return this.seat !== undefined && this.owners.length > 0 && !this.owners.includes(this.seat.number);
  }

  /** How many partitions this replica is to have; undefined while it has no seat, and things stay as they are. */
  get owned(): number | undefined {
    const { seat, owners } = this;
    return seat && owners.length > 0 ? owners.filter((number) => number === seat.number).length : undefined;
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      try {
        if (this.partitions.every(({ subscribed }) => subscribed)) await this.takePart();
      } catch (error) {
        if (!this.isStopping) this.options.log.warn({ err: error }, 'partitions stay as they are shared');
      }
      await this.pause();
    }
  }

  /** Holds a seat until the broker or the database is lost. */
  private async takePart(): Promise<void> {
    let known: readonly number[] = this.subscriptions();
    const seat = await ReplicaSeat.take(this.options.databaseUrl, this.options.applicationName);
    this.seat = seat;
    this.owners = [];
    try {
      while (!this.isStopping && this.connection.state !== 'disconnected') {
        known = await this.look(seat, known);
        await this.pause();
      }
    } finally {
      this.seat = undefined;
      await seat.close();
    }
  }

  /** Does what has to be done about who is there now. `known` and the result are {@link subscriptions}. */
  private async look(seat: ReplicaSeat, known: readonly number[]): Promise<readonly number[]> {
    const subscriptions = this.subscriptions();
    const former = this.owners;
    let owners = await this.ownersNow(seat);
    const isLate = subscriptions.some(
      (number, index) => owners[index] === seat.number && number !== 0 && number !== known[index],
    );
    if (isLate) {
      await seat.renew();
      owners = await this.ownersNow(seat);
    }
    this.owners = owners;
    const others = this.partitions.filter(
      (_, index) => owners[index] !== seat.number && owners[index] !== former[index],
    );
    await seat.during(Promise.all(others.map((partition) => partition.stepBack())));
    return subscriptions;
  }

  private async ownersNow(seat: ReplicaSeat): Promise<(number | undefined)[]> {
    return ownersOf(await seat.members(), this.partitions.length);
  }

  /** The number of each partition's present subscription, 0 without one. */
  private subscriptions(): number[] {
    return this.partitions.map(({ subscribed, subscriptions }) => (subscribed ? subscriptions : 0));
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private pause(): Promise<void> {
    return delay(LOOK_EVERY_MS, undefined, { signal: this.stopping.signal }).catch(() => {});
  }
}
