import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { DataSource } from 'typeorm';
import { eventContracts, orderPlaced, subscriptions } from '#contracts';
import { Database, databaseOptions } from '#database';
import { applyTopology, deriveTopology, outgoingEvent } from '#messaging';
import { Outbox, outboxMigrations, outboxRights } from '#outbox';
import { provisionDatabase } from '#runtime';
import type { Bench, Result } from '../bench.js';
import { type ByName, cpuPer, cpuUsed } from '../measure.js';
import { serversOf } from '../processes.js';
import { Publishing } from '../publishing.js';
import { RunVoid } from '../run-void.js';
import { median, medianByKey } from '../statistics.js';

const NAME = 'bench_relay';
const ROWS_PER_INSERT = 1_000;

interface Half {
  readonly messagesPerSecond: number;
  readonly cpuUsPerMessage: ByName;
}

interface Round {
  readonly relay: Half;
  readonly raw: Half;
}

/**
 * How fast a relay drains an outbox in which `order.placed` events have piled up, and how fast a program publishes that
 * only has to publish: the same messages, from memory, with as many unconfirmed at a time, to the same queues. Both
 * wait for every confirm. Nobody consumes meanwhile; the queues are emptied before each.
 */
export async function relay(bench: Bench): Promise<Result> {
  await bench.closeShop();
  const [count, rows] = bench.quick ? [2, 10_000] : [3, 200_000];
  const { postgres, rabbitmq } = bench.infrastructure;
  const [databaseUrl, brokerUrl] = await Promise.all([
    postgres.databases.create(NAME),
    rabbitmq.virtualHosts.create(NAME),
  ]);
  const ground = await Ground.prepare(databaseUrl, brokerUrl, bench);
  try {
    await ground.round(Math.min(rows, 10_000)); // warms up
    const rounds: Round[] = [];
    while (rounds.length < count) {
      const round = await ground.round(rows, rounds.length % 2 === 0);
      rounds.push(round);
      const [ours, raw] = [round.relay, round.raw].map(({ messagesPerSecond }) =>
        Math.round(messagesPerSecond),
      );
      bench.say(`  relay ${ours}/s, raw ${raw}/s (${rounds.length} of ${count})`);
    }
    return { how: `${count} rounds of ${rows} rows; medians`, figures: figuresOf(rounds), rounds };
  } finally {
    await ground.close();
    await Promise.all([postgres.databases.drop(NAME), rabbitmq.virtualHosts.drop(NAME)]);
  }
}

/** An outbox, the shop's exchanges and queues with nobody on them, and two processes that publish. */
class Ground {
  private constructor(
    private readonly source: DataSource,
    private readonly brokerUrl: string,
    private readonly queues: readonly string[],
    private readonly processes: Readonly<Record<'relay' | 'raw', Publishing>>,
    private readonly bench: Bench,
  ) {}

  static async prepare(databaseUrl: string, brokerUrl: string, bench: Bench): Promise<Ground> {
    const contracts = Object.values(eventContracts);
    const topology = deriveTopology({ contracts, subscriptions, partitions: 4 });
    await applyTopology(brokerUrl, topology);
    const migrations = outboxMigrations;
    await provisionDatabase({ ownerUrl: databaseUrl, migrations, rights: outboxRights });
    const source = await new DataSource(
      databaseOptions({ url: databaseUrl, applicationName: 'bench', statementTimeoutMs: 60_000 }),
    ).initialize();
    const processes = {
      relay: Publishing.start('relay', { databaseUrl, brokerUrl }),
      raw: Publishing.start('raw', { databaseUrl, brokerUrl }),
    };
    return new Ground(
      source,
      brokerUrl,
      topology.queues.map(({ name }) => name),
      processes,
      bench,
    );
  }

  async round(rows: number, relayFirst = true): Promise<Round> {
    await this.fill(rows);
    // The relay marks what it has published; the raw publisher reads the rows before its clock starts.
    const raw = relayFirst ? undefined : await this.publishBy('raw', rows);
    const relay = await this.publishBy('relay', rows);
    await this.nothingIsLeft();
    return { relay, raw: raw ?? (await this.publishBy('raw', rows)) };
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.processes).map((process) => process.stop()));
    await this.source.destroy();
  }

  private async publishBy(how: 'relay' | 'raw', rows: number): Promise<Half> {
    await this.emptyQueues();
    const publishing = this.processes[how];
    const servers = await serversOf(this.bench.infrastructure.folder);
    const measured = [...servers, { name: 'publisher', pid: publishing.pid, withDescendants: false }];
    await publishing.prepare();
    const before = cpuUsed(measured);
    const { ms } = await publishing.drain();
    const cpuUsPerMessage = cpuPer(rows, before, cpuUsed(measured));
    return { messagesPerSecond: (1000 * rows) / ms, cpuUsPerMessage };
  }

  private async fill(rows: number): Promise<void> {
    const database = new Database(this.source);
    const outbox = new Outbox(database, () => {}, Number.POSITIVE_INFINITY);
    await this.source.query('TRUNCATE outbox');
    for (let left = rows; left > 0; left -= ROWS_PER_INSERT) {
      const events = Array.from({ length: Math.min(left, ROWS_PER_INSERT) }, placed);
      await database.transaction((tx) => outbox.add(tx, events));
    }
  }

  private async nothingIsLeft(): Promise<void> {
    const [left] = await this.source.query<{ count: number }[]>(
      'SELECT count(*)::integer AS count FROM outbox WHERE published_at IS NULL',
    );
    if (left?.count !== 0) throw new RunVoid(`The relay has left ${left?.count} rows behind.`);
  }

  private async emptyQueues(): Promise<void> {
    const connection = await connect(this.brokerUrl);
    try {
      const channel = await connection.createChannel();
      for (const queue of this.queues) await channel.purgeQueue(queue);
    } finally {
      await connection.close();
    }
  }
}

/** As in the shop: of different orders, so that all may be in flight at once. */
function placed() {
  const orderId = randomUUID();
  const cause = { correlationId: randomUUID(), traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` };
  return outgoingEvent(orderPlaced, orderId, 1, { ...orderPlaced.example, orderId }, cause);
}

function figuresOf(rounds: readonly Round[]): Result['figures'] {
  const rate = (how: keyof Round): number => median(rounds.map((round) => round[how].messagesPerSecond));
  const cpu = (how: keyof Round) => medianByKey(rounds.map((round) => round[how].cpuUsPerMessage));
  return [
    {
      key: 'relay_per_second',
      value: rate('relay'),
      unit: 'messages/s',
      meaning: 'read from the outbox, published, confirmed, and marked as published',
    },
    {
      key: 'raw_publish_per_second',
      value: rate('raw'),
      unit: 'messages/s',
      meaning: 'published from memory and confirmed, nothing else',
    },
    {
      key: 'ratio_relay',
      value: median(rounds.map(({ relay, raw }) => relay.messagesPerSecond / raw.messagesPerSecond)),
      unit: '',
      meaning: 'relay / raw: what the guarantee leaves of the speed of the broker',
    },
    {
      key: 'relay_cpu_us_per_message',
      value: cpu('relay'),
      addsUp: true,
      unit: 'µs',
      meaning: 'CPU that a message of the relay costs in each process',
    },
    {
      key: 'raw_cpu_us_per_message',
      value: cpu('raw'),
      addsUp: true,
      unit: 'µs',
      meaning: 'the same without the outbox',
    },
  ];
}
