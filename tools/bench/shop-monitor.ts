import { type ChannelModel, connect } from 'amqplib';
import { Client } from 'pg';
import { type Service, services, subscriptions } from '#contracts';
import { partitionQueue } from '#messaging';
import type { ByName } from './measure.js';

/** How far a shop has got, and what is waiting in it. */
export interface ShopSample {
  /** Orders placed since the watch began. */
  readonly placed: number;
  /** Of those, and of what was under way then, how many have ended. */
  readonly ended: number;
  /** Orders that have not ended. */
  readonly inFlight: number;
  /** Messages ready in the queues of each consumer, events not yet published, questions to the gateway. */
  readonly queued: ByName;
}

export interface MonitoredShop {
  readonly databaseUrls: Readonly<Record<Service, string>>;
  readonly brokerUrl: string;
}

/** An id counts as stored for sure when it was minted so long ago. */
const SETTLED_AFTER_MS = 5_000;
const PARTITIONS = 4;

// Ids are UUIDs of version 7: only those of the last seconds are counted, by the primary key.
const COUNT_PLACED = `
  SELECT count(*)::integer AS placed, (count(*) FILTER (WHERE id < $2))::integer AS settled FROM orders WHERE id >= $1`;
const COUNT_IN_FLIGHT = `
  SELECT count(*)::integer AS count FROM orders WHERE status IN ('pending', 'confirmed', 'cancelling')`;
const COUNT_UNPUBLISHED = `
  SELECT count(*)::integer AS count FROM outbox WHERE published_at IS NULL AND parked_at IS NULL`;
const COUNT_GATEWAY_PENDING = `SELECT count(*)::integer AS count FROM gateway_operations WHERE completed_at IS NULL`;

/** Looks at a shop from outside, by statements that read an index, and by asking the broker how long its queues are. */
export class ShopMonitor {
  private since = minUuidAt(Date.now());
  private settled = 0;
  private inFlightAtStart: number | undefined;

  private constructor(
    private readonly clients: Readonly<Record<Service, Client>>,
    private readonly broker: ChannelModel,
  ) {}

  static async open({ databaseUrls, brokerUrl }: MonitoredShop): Promise<ShopMonitor> {
    const broker = await connect(brokerUrl);
    broker.on('error', () => {}); // the look under way fails with it
    const clients = services.map(
      (service) => new Client({ connectionString: databaseUrls[service], application_name: 'bench monitor' }),
    );
    for (const client of clients) {
      client.on('error', () => {});
      await client.connect();
    }
    const byService = Object.fromEntries(services.map((service, index) => [service, clients[index]]));
    return new ShopMonitor(byService as Record<Service, Client>, broker);
  }

  async sample(): Promise<ShopSample> {
    const inFlight = await this.count('order', COUNT_IN_FLIGHT);
    this.inFlightAtStart ??= inFlight;
    const placed = await this.countPlaced();
    const unpublished = await Promise.all(services.map((service) => this.count(service, COUNT_UNPUBLISHED)));
    const atGateway = await this.count('payment', COUNT_GATEWAY_PENDING);
    const queued = {
      outbox: unpublished.reduce((sum, count) => sum + count, 0),
      ...(await this.countReady()),
      'gateway operations pending': atGateway,
    };
    return { placed, ended: placed - inFlight + this.inFlightAtStart, inFlight, queued };
  }

  async close(): Promise<void> {
    await Promise.allSettled([
      this.broker.close(),
      ...Object.values(this.clients).map((client) => client.end()),
    ]);
  }

  private async countPlaced(): Promise<number> {
    const settledAt = minUuidAt(Date.now() - SETTLED_AFTER_MS);
    const { rows } = await this.clients.order.query<{ placed: number; settled: number }>(COUNT_PLACED, [
      this.since,
      settledAt,
    ]);
    const [{ placed, settled }] = rows as [{ placed: number; settled: number }];
    const total = this.settled + placed;
    if (settledAt > this.since) [this.since, this.settled] = [settledAt, this.settled + settled];
    return total;
  }

  private async count(service: Service, sql: string): Promise<number> {
    return (await this.clients[service].query<{ count: number }>(sql)).rows[0]?.count ?? 0;
  }

  /** What was delivered and is not acknowledged yet does not count: of a quorum queue only the broker's API knows it. */
  private async countReady(): Promise<Record<string, number>> {
    const channel = await this.broker.createChannel();
    channel.on('error', () => {});
    const ready: Record<string, number> = {};
    for (const { consumer } of subscriptions) {
      let messages = 0;
      for (let partition = 0; partition < PARTITIONS; partition += 1)
        messages += (await channel.checkQueue(partitionQueue(consumer, partition))).messageCount;
      ready[consumer] = messages;
    }
    await channel.close();
    return ready;
  }
}

/** The smallest UUID of version 7 that could have been minted at this time, in ms. */
export function minUuidAt(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
