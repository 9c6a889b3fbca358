import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type Service, services } from '#contracts';
import { InvalidRunError } from '../invalid-run-error.js';

const PRUNING_TIMEOUT_MS = 60_000;
/** Older than the default retention of both tables. */
const AGE = `interval '60 days'`;
const IS_EXPIRED = `< now() - interval '50 days'`;

/** Outbox positions kept free for expired rows. */
const RESERVED_POSITIONS = 100_000_000;
const RESERVE_POSITIONS = `ALTER TABLE outbox ALTER COLUMN position RESTART WITH ${RESERVED_POSITIONS}`;

// Expired rows have the lowest positions, as the oldest rows of a real outbox.
const ADD_TO_OUTBOX = `
  INSERT INTO outbox (position, id, exchange, routing_key, type, producer, subject, sequence, correlation_id, occurred_at, data,
                      published_at)
  OVERRIDING SYSTEM VALUE
  SELECT position, gen_random_uuid(), 'bench', 'bench.old', 'bench.old.v1', 'bench', gen_random_uuid()::text, 1,
         gen_random_uuid()::text, now() - ${AGE}, json_build_object('padding', repeat('x', 400)), now() - ${AGE}
  FROM generate_series($1::bigint, $2::bigint) AS position`;

// The ids sort first, as the ids of old messages do.
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

/** Restarts the positions of an empty outbox at a number high enough for {@link ExpiredRows} below it. */
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

/** Rows in the outboxes and inboxes of a shop that the retention jobs prune. They belong to no order. */
export class ExpiredRows {
  private nextPosition = 1_000;

  private constructor(private readonly clients: Readonly<Record<Service, Client>>) {}

  static async open(databaseUrls: Readonly<Record<Service, string>>): Promise<ExpiredRows> {
    const clients = await Promise.all(
      services.map(async (service) => {
        const client = new Client({ connectionString: databaseUrls[service], application_name: 'bench' });
        client.on('error', () => {}); // the current or next statement rejects with it
        await client.connect();
        return [service, client] as const;
      }),
    );
    return new ExpiredRows(Object.fromEntries(clients) as Record<Service, Client>);
  }

  /** Adds `perTable` rows to each table. @returns the number of expired rows in all tables */
  async add(perTable: number): Promise<number> {
    const [from, to] = [this.nextPosition, this.nextPosition + perTable - 1];
    this.nextPosition = to + 1;
    await this.forEachService(async (client, service) => {
      await client.query(ADD_TO_OUTBOX, [from, to]);
      await client.query(ADD_TO_INBOX, [perTable, CONSUMERS[service]]);
    });
    return this.count();
  }

  /** Resolves when the retention jobs have pruned the first rows. @throws InvalidRunError after one minute */
  async waitUntilFewerThan(count: number): Promise<void> {
    const giveUpAt = performance.now() + PRUNING_TIMEOUT_MS;
    while ((await this.count()) >= count) {
      if (performance.now() > giveUpAt)
        throw new InvalidRunError('the retention jobs pruned no row within a minute');
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

  /** Deletes the remaining expired rows. */
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
