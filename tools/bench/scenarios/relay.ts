import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { DataSource } from 'typeorm';
import { eventContracts, orderPlaced, subscriptions } from '#contracts';
import { Database, databaseOptions } from '#database';
import { applyTopology, brokerUrlOptions, deriveTopology, outgoingEvent } from '#messaging';
import { Outbox, outboxMigrations, outboxPrivileges } from '#outbox';
import { provisionDatabase } from '#runtime';
import type { Bench, ScenarioResult } from '../bench.js';
import { type ByName, cpuUsed, increasePer, listServerProcesses } from '../measure.js';
import { PublisherProcess } from '../publisher-process.js';
import { InvalidRunError } from '../invalid-run-error.js';
import { median, medianByKey } from '../statistics.js';

const NAME = 'bench_relay';
const ROWS_PER_INSERT = 1_000;

interface PublishMeasurement {
  readonly messagesPerSecond: number;
  readonly cpuUsPerMessage: ByName;
}

interface Round {
  readonly relay: PublishMeasurement;
  readonly raw: PublishMeasurement;
}

/**
 * The rate at which the relay drains an outbox of `order.placed` events, in turn with a program that publishes the same
 * messages from memory: to the same queues, with as many unconfirmed messages. Both wait for every publisher confirm. The
 * queues have no consumer and are purged before each measurement.
 */
export async function relay(bench: Bench): Promise<ScenarioResult> {
  await bench.closeShop();
  const [count, rows, warmUpRows] = bench.quick ? [2, 5_000, 2_000] : [3, 200_000, 10_000];
  const { postgres, rabbitmq } = bench.infrastructure;
  const [databaseUrl, brokerUrl] = await Promise.all([
    postgres.databases.create(NAME),
    rabbitmq.virtualHosts.create(NAME),
  ]);
  const fixture = await RelayFixture.prepare(databaseUrl, brokerUrl, bench);
  try {
    await fixture.round(warmUpRows); // warm-up
    const rounds: Round[] = [];
    while (rounds.length < count) {
      const round = await fixture.round(rows, rounds.length % 2 === 0);
      rounds.push(round);
      const [ours, raw] = [round.relay, round.raw].map(({ messagesPerSecond }) =>
        Math.round(messagesPerSecond),
      );
      bench.log(`  relay ${ours}/s, raw ${raw}/s (${rounds.length} of ${count})`);
    }
    return { how: `${count} rounds of ${rows} rows; medians`, figures: toFigures(rounds), rounds };
  } finally {
    await fixture.close();
    await Promise.all([postgres.databases.drop(NAME), rabbitmq.virtualHosts.drop(NAME)]);
  }
}

/** An outbox, the shop's exchanges and queues without consumers, and two publisher processes. */
class RelayFixture {
  private constructor(
    private readonly source: DataSource,
    private readonly brokerUrl: string,
    private readonly queues: readonly string[],
    private readonly processes: Readonly<Record<'relay' | 'raw', PublisherProcess>>,
    private readonly bench: Bench,
  ) {}

  static async prepare(databaseUrl: string, brokerUrl: string, bench: Bench): Promise<RelayFixture> {
    const contracts = Object.values(eventContracts);
    const topology = deriveTopology({ contracts, subscriptions, partitions: 4 });
    await applyTopology(brokerUrl, topology);
    const migrations = outboxMigrations;
    await provisionDatabase({ ownerUrl: databaseUrl, migrations, privileges: outboxPrivileges });
    const source = await new DataSource(
      databaseOptions({ url: databaseUrl, applicationName: 'bench', statementTimeoutMs: 60_000 }),
    ).initialize();
    const processes = {
      relay: PublisherProcess.start('relay', { databaseUrl, brokerUrl }),
      raw: PublisherProcess.start('raw', { databaseUrl, brokerUrl }),
    };
    return new RelayFixture(
      source,
      brokerUrl,
      topology.queues.map(({ name }) => name),
      processes,
      bench,
    );
  }

  async round(rows: number, relayFirst = true): Promise<Round> {
    await this.fillOutbox(rows);
    // The relay marks rows as published; the raw publisher reads all rows, before its clock starts.
    const raw = relayFirst ? undefined : await this.measurePublisher('raw', rows);
    const relay = await this.measurePublisher('relay', rows);
    await this.assertAllPublished();
    return { relay, raw: raw ?? (await this.measurePublisher('raw', rows)) };
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.processes).map((process) => process.stop()));
    await this.source.destroy();
  }

  private async measurePublisher(kind: keyof Round, rows: number): Promise<PublishMeasurement> {
    await this.purgeQueues();
    const publishing = this.processes[kind];
    const servers = await listServerProcesses(this.bench.infrastructure.folder);
    const measured = [...servers, { name: 'publisher', pid: publishing.pid, withDescendants: false }];
    await publishing.prepare();
    const before = cpuUsed(measured);
    const { ms } = await publishing.drain();
    const cpuUsPerMessage = increasePer(rows, before, cpuUsed(measured));
    return { messagesPerSecond: (1000 * rows) / ms, cpuUsPerMessage };
  }

  private async fillOutbox(rows: number): Promise<void> {
    const database = new Database(this.source);
    const outbox = new Outbox(database, () => {}, Number.POSITIVE_INFINITY);
    await this.source.query('TRUNCATE outbox');
    for (let remaining = rows; remaining > 0; remaining -= ROWS_PER_INSERT) {
      const events = Array.from({ length: Math.min(remaining, ROWS_PER_INSERT) }, createPlacedEvent);
      await database.transaction((tx) => outbox.add(tx, events));
    }
  }

  private async assertAllPublished(): Promise<void> {
    const [remaining] = await this.source.query<{ count: number }[]>(
      'SELECT count(*)::integer AS count FROM outbox WHERE published_at IS NULL',
    );
    if (remaining?.count !== 0)
      throw new InvalidRunError(`the relay left ${remaining?.count} rows unpublished`);
  }

  private async purgeQueues(): Promise<void> {
    const connection = await connect(this.brokerUrl, brokerUrlOptions(this.brokerUrl));
    try {
      const channel = await connection.createChannel();
      for (const queue of this.queues) await channel.purgeQueue(queue);
    } finally {
      await connection.close();
    }
  }
}

/** Each event has its own order: the relay publishes one event per subject at a time. */
function createPlacedEvent() {
  const orderId = randomUUID();
  const cause = { correlationId: randomUUID(), traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` };
  return outgoingEvent(orderPlaced, orderId, 1, { ...orderPlaced.example, orderId }, cause);
}

function toFigures(rounds: readonly Round[]): ScenarioResult['figures'] {
  const rate = (kind: keyof Round): number => median(rounds.map((round) => round[kind].messagesPerSecond));
  const cpu = (kind: keyof Round) => medianByKey(rounds.map((round) => round[kind].cpuUsPerMessage));
  return [
    {
      key: 'relay_per_second',
      value: rate('relay'),
      unit: 'messages/s',
      meaning: 'read from the outbox, published, confirmed and marked as published',
    },
    {
      key: 'raw_per_second',
      value: rate('raw'),
      unit: 'messages/s',
      meaning: 'published from memory and confirmed',
    },
    {
      key: 'ratio_relay',
      value: median(rounds.map(({ relay, raw }) => relay.messagesPerSecond / raw.messagesPerSecond)),
      unit: '',
      meaning: 'messages per second, relay / raw: the cost of the outbox',
    },
    {
      key: 'relay_cpu_us_per_message',
      value: cpu('relay'),
      isAdditive: true,
      unit: 'µs',
      meaning: 'CPU per message of the relay, by process',
    },
    {
      key: 'raw_cpu_us_per_message',
      value: cpu('raw'),
      isAdditive: true,
      unit: 'µs',
      meaning: 'CPU per message published from memory, by process',
    },
  ];
}
