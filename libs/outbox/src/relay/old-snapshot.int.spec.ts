import { Client } from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';

import { statement, unnestParameters } from '#database';
import { RelayHarness } from '../../../test-support/relay-harness.js';
import { PublishBackoff } from './backoff.js';
import { InFlight } from './in-flight.js';
import { PageReader } from './page-reader.js';
import { groupBy } from './publish-rows.js';
import { MARK_AND_READ, RelaySession, type SlotRead } from './relay-session.js';

const harness = await RelayHarness.prepare();
const { database } = harness;

/** Opens a snapshot that sees every row as it is now, until the test ends: PostgreSQL cannot remove later entries. */
async function openSnapshot(): Promise<void> {
  const client = new Client({ connectionString: harness.databaseUrl });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await client.query('SELECT count(*) FROM outbox');
}

/** Number of buffers that one read of the relay touches. */
async function readBuffers(slots: readonly SlotRead[]): Promise<number> {
  const options = '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off';
  const client = new Client({ connectionString: harness.databaseUrl, options });
  await client.connect();
  try {
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${MARK_AND_READ.text}`,
      ['{}', ...unnestParameters(slots, 'slot', 'floor', 'rowsMax'), []],
    );
    const { Plan } = rows[0]!['QUERY PLAN'][0];
    return Plan['Shared Hit Blocks']! + Plan['Shared Read Blocks']!;
  } finally {
    await client.end();
  }
}

/** Adds `count` pending rows in all slots. */
const ADD = statement(
  'add_many',
  `INSERT INTO outbox (id, exchange, routing_key, type, producer, subject, sequence, correlation_id, data)
   SELECT gen_random_uuid(), 'order.events', 'order.confirmed.' || n % 16, 'order.confirmed.v1', 'order', n, 1, n, '{}'
   FROM generate_series(1, $1::integer) AS n`,
);

test('a read costs the same, however many rows were published since an old snapshot', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  await openSnapshot();
  const session = (await RelaySession.open(harness.databaseUrl, 'old snapshot'))!;
  onTestFinished(() => session.close());
  const reads = vi.spyOn(session, 'markAndRead');
  const [reader, inFlight] = [new PageReader(1_000, new PublishBackoff()), new InFlight()];
  /** Reads and confirms every pending row, as the relay does. */
  const publishAll = async (): Promise<void> => {
    for (;;) {
      const { rows } = await reader.read(session, inFlight, false);
      if (rows.length === 0) return;
      for (const slotRows of groupBy(rows, ({ slot }) => slot).values())
        await inFlight.add(slotRows, async (onOutcome) =>
          slotRows.forEach((row) => onOutcome(row, undefined, 1)),
        );
      inFlight.takeOutcomes();
    }
  };
  const costs: { fromStart: number; fromFloor: number }[] = [];
  for (let rounds = 0; rounds < 4; rounds += 1) {
    await database.query(ADD, [5_000]);
    for (let seconds = 0; seconds < 32; seconds += 4) {
      await publishAll();
      vi.advanceTimersByTime(4_000);
    }
    const isPartial = (slots: readonly SlotRead[]): boolean => slots.some(({ floor }) => floor !== '0');
    const slots = reads.mock.calls.map(([, read]) => read).findLast(isPartial)!;
    const fromStart = await readBuffers(slots.map((slot) => ({ ...slot, floor: '0' })));
    costs.push({ fromStart, fromFloor: await readBuffers(slots) });
  }
  const [first, last] = [costs[0]!, costs.at(-1)!];
  expect(last.fromStart).toBeGreaterThan(2 * first.fromStart); // PostgreSQL keeps the entries
  expect(last.fromFloor).toBeLessThan(1.5 * first.fromFloor);
  expect(last.fromFloor).toBeLessThan(last.fromStart / 3);
});
