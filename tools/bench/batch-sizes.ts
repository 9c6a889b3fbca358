import { Client } from 'pg';
import { type Service, subscriptions } from '#contracts';

/**
 * How many messages of each consumer, and how many POSTs, shared a transaction on average, since the shop began. Read
 * from what they left: rows of one transaction have its time.
 */
export async function readBatchSizes(
  databaseUrls: Readonly<Record<Service, string>>,
): Promise<Record<string, number>> {
  const posts = await averageBatchSize(databaseUrls.order, 'SELECT placed_at AS at FROM orders');
  const consumers = await Promise.all(
    subscriptions.map(async ({ consumer, service }) => {
      const claims = `SELECT claimed_at AS at FROM inbox WHERE consumer = '${consumer}'`;
      return [consumer, await averageBatchSize(databaseUrls[service], claims)] as const;
    }),
  );
  return { 'POST /orders': posts, ...Object.fromEntries(consumers) };
}

async function averageBatchSize(url: string, rows: string): Promise<number> {
  const client = new Client({ connectionString: url, application_name: 'bench' });
  await client.connect();
  try {
    const query = `SELECT count(*)::float / greatest(count(DISTINCT at), 1) AS size FROM (${rows}) AS r`;
    const result = await client.query<{ size: number }>(query);
    return result.rows[0]?.size ?? NaN;
  } finally {
    await client.end();
  }
}
