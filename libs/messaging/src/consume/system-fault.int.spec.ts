import { describe, expect, onTestFinished, test } from 'vitest';

import { statement } from '#database';
import { listDeadLetters } from '#dead-letters';
import {
  ConsumingService,
  openServiceDatabase,
  placedEvent,
  placedEvents,
  toIds,
} from '../../../test-support/consuming-service.js';

const service = await ConsumingService.prepare();
const { database } = service;
const PIDS = statement(
  'other_pids',
  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
   WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'spec'`,
);

/** Runs a statement whose text is built at run time. */
async function run(sql: string): Promise<void> {
  await database.query(statement('', sql));
}

/** Runs `sql` while the consumer has no session, so that each new session sees it. */
async function runBetweenSessions(sql: string): Promise<void> {
  await run(sql);
  await database.query(PIDS);
}

/** Makes each INSERT into `effects` raise this SQLSTATE, until `DROP TRIGGER`. */
async function raiseOnEffects(code: string, condition = 'true'): Promise<void> {
  await run(`CREATE OR REPLACE FUNCTION raise_fault() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF ${condition} THEN RAISE 'fault' USING ERRCODE = '${code}'; END IF; RETURN NEW; END $$`);
  await run('CREATE TRIGGER fault BEFORE INSERT ON effects FOR EACH ROW EXECUTE FUNCTION raise_fault()');
  onTestFinished(() => run('DROP TRIGGER IF EXISTS fault ON effects'));
}

const faults = [
  {
    title: 'the database is read-only',
    begin: () =>
      runBetweenSessions(`ALTER DATABASE ${databaseName()} SET default_transaction_read_only = on`),
    // Sessions that are open stay read-only, like those to a demoted primary. Only new ones reach the new primary.
    end: () =>
      run(`BEGIN READ WRITE; ALTER DATABASE ${databaseName()} RESET default_transaction_read_only; COMMIT`),
  },
  {
    title: 'a table is missing',
    begin: () => run('ALTER TABLE effects RENAME TO gone'),
    end: () => run('ALTER TABLE gone RENAME TO effects'),
  },
  {
    title: 'a column is missing',
    begin: () => run('ALTER TABLE effects RENAME COLUMN id TO gone'),
    end: () => run('ALTER TABLE effects RENAME COLUMN gone TO id'),
  },
  ...['57014', '58030', '53100', '42501', 'XX000'].map((code) => ({
    title: `each transaction fails with SQLSTATE ${code}`,
    begin: () => raiseOnEffects(code),
    end: () => run('DROP TRIGGER fault ON effects'),
  })),
];

function databaseName(): string {
  return new URL(service.databaseUrl).pathname.slice(1);
}

describe('a consumer pauses, counts no attempt and recovers while', () => {
  test.each(faults)('$title', async ({ begin, end }) => {
    const own = await openServiceDatabase(service.databaseUrl);
    const { log, transport } = await service.start({ database: own });
    onTestFinished(() => end().catch(() => {})); // after a failure only
    await begin();
    const events = placedEvents(20);
    await service.publish(...events);
    await log.waitFor('consumer paused', 4);
    expect(transport.pausedBy).toBeInstanceOf(Error);
    expect(await service.effectIds().catch(() => [])).toEqual([]);
    await end();
    await expect.poll(() => service.effectIds(), { timeout: 10_000 }).toEqual(toIds(events));
    await expect.poll(() => transport.pausedBy).toBeUndefined();
    expect(log.count('message failed; retry scheduled')).toBe(0);
    expect(await listDeadLetters(database, 'open', 1)).toEqual([]);
  });
});

describe('a message whose statement always times out is at fault', () => {
  const bad = placedEvent();
  const begin = (): Promise<void> => raiseOnEffects('57014', `NEW.id = '${bad.id}'`);

  test('when its neighbours succeed', async () => {
    await begin();
    const { log } = await service.start();
    const events = placedEvents(5);
    await service.publish(bad, ...events);
    expect(await log.waitFor('message failed; retry scheduled')).toMatchObject({ messageId: bad.id });
    await expect.poll(() => service.effectIds()).toEqual(toIds(events));
  });

  test('when a neighbour that arrives later succeeds', async () => {
    await begin();
    const { log } = await service.start();
    await service.publish(bad);
    await log.waitFor('consumer paused', 2);
    const later = placedEvent();
    await service.publish(later);
    expect(await log.waitFor('message failed; retry scheduled')).toMatchObject({ messageId: bad.id });
    await expect.poll(() => service.effectIds()).toEqual([later.id]);
  });
});
