import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type Service, services } from '#contracts';
import { InvalidRunError } from '../invalid-run-error.js';

const PRUNING_TIMEOUT_MS = 60_000;
/** Older than any retention of these two tables. */
const AGE = `interval '60 days'`;
const IS_EXPIRED = `< now() - interval '50 days'`;

/** How many old rows there is room for in front of an outbox. */
const RESERVED_POSITIONS = 100_000_000;
const RESERVE_POSITIONS = `ALTER TABLE outbox ALTER COLUMN position RESTART WITH ${RESERVED_POSITIONS}`;

// In front of what is there, where the oldest rows are.
const ADD_TO_OUTBOX = `
  INSERT INTO outbox (position, id, exchange, routing_key, type, producer, subject, sequence, correlation_id, occurred_at, data,
                      published_at)
  OVERRIDING SYSTEM VALUE
  SELECT position, gen_random_uuid(), 'bench', 'bench.old', 'bench.old.v1', 'bench', gen_random_uuid()::text, 1,
         gen_random_uuid()::text, now() - ${AGE}, json_build_object('padding', repeat('x', 400)), now() - ${AGE}
  FROM generate_series($1::bigint, $2::bigint) AS position`;

// The ids sort before all others, as those of old messages do.
const ADD_TO_INBOX = `
  INSERT INTO inbox (consumer, message_id, type, producer, subject, sequence, claimed_at)
  SELECT $2, ('00' || substr(gen_random_uuid()::text, 3))::uuid, 'bench.old.v1', 'bench', gen_random_uuid()::text, 1,
         now() - ${AGE}
  FROM generate_series(1, $1)`;

const CONSUMERS = {
  order: 'order.processing-results',
  inventory: 'inventory.order-processing',
  payment: 'payment.order-processing',
} satisfies Record<Service, string>;

const COUNT = `
  SELECT ((SELECT count(*) FROM outbox WHERE published_at ${IS_EXPIRED})
        + (SELECT count(*) FROM inbox WHERE claimed_at ${IS_EXPIRED}))::integer AS count`;

const REMOVE = [
  `DELETE FROM outbox WHERE published_at ${IS_EXPIRED}`,
  `DELETE FROM inbox WHERE claimed_at ${IS_EXPIRED}`,
];

/** Lets the numbers of a new outbox begin so high that {@link ExpiredRows} fit in front. */
export async function reserveOutboxPositions(databaseUrls: Readonly<Record<Service, string>>): Promise<void> {
  for (const service of services) {
    const client = new Client({ connectionString: databaseUrls[service], application_name: 'bench' });
    await client.connect();
    try {
      await client.query(RESERVE_POSITIONS);
    } finally {
      await client.end();
    }
  }
}

/** Rows in the outboxes and inboxes of a shop that are old enough to be pruned. No order is behind them. */
export class ExpiredRows {
  private nextPosition = 1_000;

  private constructor(private readonly clients: Readonly<Record<Service, Client>>) {}

  static async open(databaseUrls: Readonly<Record<Service, string>>): Promise<ExpiredRows> {
    const clients = await Promise.all(
      services.map(async (service) => {
        const client = new Client({ connectionString: databaseUrls[service], application_name: 'bench' });
        client.on('error', () => {}); // the statement under way, or the next one, fails with it
        await client.connect();
        return [service, client] as const;
      }),
    );
    return new ExpiredRows(Object.fromEntries(clients) as Record<Service, Client>);
  }

  /** Adds so many to each table. @returns how many there are in all */
  async add(perTable: number): Promise<number> {
    const [from, to] = [this.nextPosition, this.nextPosition + perTable - 1];
    this.nextPosition = to + 1;
    await this.forEachService(async (client, service) => {
      await client.query(ADD_TO_OUTBOX, [from, to]);
      await client.query(ADD_TO_INBOX, [perTable, CONSUMERS[service]]);
    });
    return this.count();
  }

  /** Resolves when housekeeping has begun. @throws InvalidRunError */
  async waitUntilFewerThan(count: number): Promise<void> {
    const giveUpAt = performance.now() + PRUNING_TIMEOUT_MS;
    while ((await this.count()) >= count) {
      if (performance.now() > giveUpAt) throw new InvalidRunError('Nothing old was pruned within a minute.');
      await delay(100);
    }
  }

  async count(): Promise<number> {
    const counts = await this.forEachService(async (client) => {
      const { rows } = await client.query<{ count: number }>(COUNT);
      return rows[0]?.count ?? 0;
    });
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Takes out what is left of them. */
  async remove(): Promise<void> {
    await this.forEachService(async (client) => {
      for (const statement of REMOVE) await client.query(statement);
    });
  }

  async close(): Promise<void> {
    await this.forEachService((client) => client.end());
  }

  private forEachService<T>(work: (client: Client, service: Service) => Promise<T>): Promise<T[]> {
    return Promise.all(services.map((service) => work(this.clients[service], service)));
  }
}
